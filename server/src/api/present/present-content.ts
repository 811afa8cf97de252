/** What was asked for and of whom, on reviews and on actions alike. */
import type {
  ToolFlag,
  Upstream,
  LoadedData as WireLoadedData,
  Parameter as WireParameter,
} from "@countersign/sdk/wire/content";
import type { Facts } from "@countersign/sdk/wire/facts";
import type { RecordedFacts } from "#/audit/recorded-action.ts";
import { type LoadedData, type Parameter, placeOf, type Resource } from "#/core/action.ts";
import { type Deception, deceptionKinds } from "#/core/deception.ts";
import type { Facts as DomainFacts, McpFacts } from "#/core/facts.ts";

export function presentUpstream({ endpoint, database, role }: Upstream): Upstream {
  return { endpoint, database, role };
}

export function presentResource(resource: Resource): Upstream {
  return { endpoint: resource.endpoint, ...placeOf(resource) };
}

export function presentFacts(facts: RecordedFacts): Facts {
  if (facts.family === "mcp") {
    const { family, method, name, claims, definition, toolClass } = facts;
    return { family, method, name, claims, definition, toolClass };
  }
  const { family, kinds, reads, writes, functions, filtered, maskedUse, opaque } = facts;
  return { family, kinds, reads, writes, functions, filtered, maskedUse, opaque };
}

/** Well formed, as what goes over the wire and into digests has to be. */
export function presentFlags(facts: Pick<DomainFacts, "family"> | McpFacts): readonly ToolFlag[] {
  return "flags" in facts ? facts.flags.map(presentFlag) : [];
}

export function presentFlag({ kind, at, words }: Deception): ToolFlag {
  return {
    kind,
    what: deceptionKinds[kind],
    at: at.toWellFormed(),
    words: words.toWellFormed(),
  };
}

/** `texts` are what people may see of them, one for each. */
export function presentParameters(
  parameters: readonly Parameter[],
  texts: readonly (string | null)[],
): readonly WireParameter[] {
  return parameters.map(({ type, format }, at) => ({ type, format, text: texts[at] ?? null }));
}

/** Absent in what was stored before there was such data. */
export function presentData(
  data: LoadedData | null | undefined,
  texts: readonly (readonly (string | null)[])[],
): WireLoadedData | null {
  if (data === null || data === undefined) return null;
  const { format, sha256, bytes, rows, columns, firstRows } = data;
  const shown = firstRows.map(({ values, isCut }, at) => ({
    values: presentParameters(values, texts[at] ?? []),
    isCut,
  }));
  return { format, sha256, bytes, rows, columns, firstRows: shown };
}
