/** `verify`: a proof file, offline, with the key alone. */
import path from "node:path";
import { safeJson, visible } from "@countersign/sdk/visible";
import { type ProvenLeaf, verifyBundle } from "@countersign/tlog/bundle";
import { proofCharsMax } from "@countersign/tlog/parse";
import type { Context } from "../context.ts";
import { CliError, type ExitCode, exitCodes, NotProven, unreadableFile } from "../failure.ts";
import { paint, table } from "../layout.ts";
import { readBounded } from "../read-bounded.ts";
import { readKey } from "../verifier-key.ts";

export interface VerifyOptions {
  readonly key: string;
  readonly json?: boolean;
}

interface ProvenRecord {
  readonly index: number;
  readonly type: string | null;
  readonly at: string | null;
  readonly action: string | null;
  readonly leaf: unknown;
}

export async function verify(
  context: Context,
  file: string,
  { key, json }: VerifyOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  const vkey = await readKey(context, key);
  const proven = await prove(path.resolve(context.folder, file), vkey).catch((cause: unknown) => {
    throw new NotProven("The file proves nothing.", { cause });
  });
  const { origin, size, root, records, actionId } = proven;
  if (json === true) {
    const shown = records.map(({ index, type, at, leaf }) => ({ index, type, at, leaf }));
    const rootText = Buffer.from(root).toString("base64");
    terminal.out(
      `${safeJson({ ok: true, origin, size, root: rootText, actionId, records: shown })}\n`,
    );
    return exitCodes.done;
  }
  const head = `Proven: these ${records.length} records of ${visible(actionId ?? "no action")} are in the log.`;
  const rows = records.map(({ index, at, type }) => [
    `  ${index}`,
    visible(at ?? ""),
    visible(type ?? "(no record)"),
  ]);
  terminal.out(`${paint(terminal, ["bold", "green"], head)}\n\n${table(rows)}`);
  terminal.out(`\n  ${visible(origin)}, ${size} records when it was signed\n`);
  return exitCodes.done;
}

interface Proven {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly records: readonly ProvenRecord[];
  readonly actionId: string | null;
}

async function prove(file: string, key: string): Promise<Proven> {
  const { origin, size, root, leaves } = verifyBundle(await read(file), key);
  const records = leaves.map(parseRecord);
  const [actionId, ...others] = new Set(records.map(({ action }) => action));
  if (actionId === undefined || others.length > 0) {
    throw new CliError(
      "cli.proof_mixed",
      "The file proves records of several actions; it is no action's proof.",
    );
  }
  return { origin, size, root, records, actionId };
}

async function read(file: string): Promise<string> {
  try {
    return await readBounded(file, proofCharsMax);
  } catch (error) {
    throw unreadableFile(file, error);
  }
}

/** What a proven leaf says. That it was signed does not make it a record. */
function parseRecord({ index, bytes }: ProvenLeaf): ProvenRecord {
  const leaf = parseJson(Buffer.from(bytes).toString("utf8"));
  const { type, at, action }: Fields = isObject(leaf) ? leaf : {};
  return { index, type: textOf(type), at: textOf(at), action: textOf(action), leaf };
}

type Fields = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
