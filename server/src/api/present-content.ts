/** What was asked for and of whom, on reviews and on actions alike. */
import type {
  Facts,
  Upstream,
  LoadedData as WireLoadedData,
  Parameter as WireParameter,
} from "@countersign/sdk/wire";
import type { Action, LoadedData, Parameter, Resource } from "#/core/action.ts";

export function presentUpstream({
  endpoint,
  database,
  role,
}: Pick<Resource, "endpoint" | "database" | "role">): Upstream {
  return { endpoint, database, role };
}

export function presentFacts({
  facts,
}: {
  readonly facts: Pick<Action["facts"], keyof Facts>;
}): Facts {
  const { kinds, reads, writes, functions, filtered, opaque } = facts;
  return { kinds, reads, writes, functions, filtered, opaque };
}

export function presentParameter({ type, format, bytes }: Parameter): WireParameter {
  return { type, format, text: bytes === null ? null : shownBytes(format, bytes) };
}

/** Absent in what was stored before there was such data. */
export function presentData(data: LoadedData | null | undefined): WireLoadedData | null {
  if (data === null || data === undefined) return null;
  const { format, sha256, bytes, rows, columns, firstRows } = data;
  const shown = firstRows.map(({ values, isCut }) => ({
    values: values.map(presentParameter),
    isCut,
  }));
  return { format, sha256, bytes, rows, columns, firstRows: shown };
}

/** PostgreSQL's own notation for bytes, where they are no text. */
function shownBytes(format: Parameter["format"], base64: string): string {
  const bytes = Buffer.from(base64, "base64");
  const hex = `\\x${bytes.toString("hex")}`;
  if (format === "binary") return hex;
  try {
    return utf8.decode(bytes);
  } catch {
    return hex;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
