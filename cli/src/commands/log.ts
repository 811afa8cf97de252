/** `log list`, `log verify`, `log proof`: the record, and whether it is whole. */
import { existsSync } from "node:fs";
import { stat, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Client } from "@countersign/sdk/client";
import { safeJson, visible } from "@countersign/sdk/visible";
import type { LogEntry, LogVerification } from "@countersign/sdk/wire/log";
import { parseCheckpoint } from "@countersign/tlog/checkpoint";
import { parseNote } from "@countersign/tlog/note";
import { type StoredLeaf, verifyLog } from "@countersign/tlog/verify-log";
import type { Context } from "../context.ts";
import { dataDirOf } from "../data-folder.ts";
import { CliError, type ExitCode, exitCodes } from "../failure.ts";
import { type GatewayOptions, withGateway } from "../gateway.ts";
import { paint, type Terminal, table } from "../layout.ts";
import { isActionId, resolveReview } from "../review-id.ts";
import { readKey } from "../verifier-key.ts";

interface JsonOption {
  readonly json?: boolean;
}

export const listedDefault = 50;
export const listedMax = 10_000;
const pageMax = 500;

export interface LogListOptions extends GatewayOptions, JsonOption {
  /** The first index; without it, the newest records. */
  readonly from?: number;
  readonly limit: number;
}

export function logList(context: Context, options: LogListOptions): Promise<ExitCode> {
  const { terminal } = context;
  return withGateway(context, options, async ({ client }) => {
    const from = options.from ?? Math.max(0, (await client.status()).log.size - options.limit);
    const entries: LogEntry[] = [];
    for await (const entry of entriesOf(client, { from, end: from + options.limit })) {
      entries.push(entry);
    }
    if (options.json === true) terminal.out(`${safeJson(entries)}\n`);
    else if (entries.length === 0) terminal.out("There are no records there.\n");
    else terminal.out(table(entries.map(row)));
    return exitCodes.done;
  });
}

export interface LogVerifyOptions extends GatewayOptions, JsonOption {
  /** A data folder, also of a stopped gateway or a copy. */
  readonly data?: string;
  /** The verifier key, or a file that holds it. */
  readonly key?: string;
}

export async function logVerify(context: Context, options: LogVerifyOptions): Promise<ExitCode> {
  const key = options.key === undefined ? null : await readKey(context, options.key);
  const verified =
    options.data === undefined
      ? await verifyRunning(context, options, key)
      : await verifyFolder(path.resolve(context.folder, options.data), key);
  const { terminal } = context;
  terminal.out(
    options.json === true ? `${safeJson(verified)}\n` : presentVerification(verified, terminal),
  );
  return verified.ok ? exitCodes.done : exitCodes.refused;
}

export interface LogProofOptions extends GatewayOptions, JsonOption {
  readonly out?: string;
}

export function logProof(
  context: Context,
  id: string,
  options: LogProofOptions,
): Promise<ExitCode> {
  const { terminal } = context;
  return withGateway(context, options, async ({ client }) => {
    const actionId = isActionId(id)
      ? id.trim().toLowerCase()
      : (await client.review(await resolveReview(context, client, id, "prove"))).actionId;
    const proof = await client.proof(actionId);
    if (options.out === undefined) {
      terminal.out(options.json === true ? `${safeJson({ actionId, proof })}\n` : proof);
      return exitCodes.done;
    }
    const file = path.resolve(context.folder, options.out);
    const { key } = (await client.status()).log;
    await save(file, proof);
    terminal.out(
      options.json === true
        ? `${safeJson({ actionId, file })}\n`
        : `The proof of ${visible(actionId)} is in ${visible(file)}. Check it anywhere, with the log's key:\n\n  ${context.command} verify ${visible(options.out)} --key ${visible(key)}\n`,
    );
    return exitCodes.done;
  });
}

/**
 * The folder itself where it is on this machine, because that shows most, also while no gateway runs on it; else all
 * records, over the API.
 */
async function verifyRunning(
  context: Context,
  options: GatewayOptions,
  key: string | null,
): Promise<LogVerification> {
  try {
    return await withGateway(context, options, async ({ client, folder }) =>
      folder === null ? verifyRemote(client, key) : verifyFolder(folder.dir, key),
    );
  } catch (error) {
    const dir = dataDirOf(context);
    const isStopped = error instanceof CliError && error.code === "cli.not_running";
    if (!isStopped || !existsSync(path.join(dir, "store.db"))) throw error;
    return verifyFolder(dir, key);
  }
}

async function verifyFolder(dir: string, key: string | null): Promise<LogVerification> {
  await checkFolder(dir);
  const { verifyDataFolder } = await import("@countersign/server/verify");
  return verifyDataFolder({ dir, ...(key === null ? {} : { key }) });
}

async function checkFolder(dir: string): Promise<void> {
  const found = await stat(dir).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ENOENT" ? "does not exist" : `can't be read (${error.code})`;
    throw new CliError("cli.unreadable_file", `The folder ${dir} ${why}.`, error);
  });
  if (found.isDirectory()) return;
  throw new CliError("cli.unreadable_file", `${dir} is a file; --data takes a data folder.`);
}

async function verifyRemote(client: Client, outside: string | null): Promise<LogVerification> {
  const checkpoint = await client.checkpoint();
  const key = outside ?? (await client.status()).log.key;
  const report = await verifyLog(
    {
      checkpoint,
      leaves: leavesOf(client, signedSize(checkpoint)),
      readStoredNode: () => null,
    },
    key,
  );
  return { ...report, erased: null, key, keyFrom: outside === null ? "gateway" : "outside" };
}

/** Where to stop reading a log that grows. Whether it was signed is not asked here. */
function signedSize(checkpoint: string): number {
  try {
    return parseCheckpoint(parseNote(checkpoint).text).size;
  } catch {
    return Number.MAX_SAFE_INTEGER;
  }
}

async function* leavesOf(client: Client, size: number): AsyncGenerator<StoredLeaf> {
  for await (const { index, bytes, leafHash } of entriesOf(client, { from: 0, end: size })) {
    yield {
      index,
      bytes: Buffer.from(bytes, "base64"),
      storedHash: Buffer.from(leafHash, "hex"),
    };
  }
}

async function* entriesOf(
  client: Client,
  { from, end }: { readonly from: number; readonly end: number },
): AsyncGenerator<LogEntry> {
  for (let at = from; at < end; ) {
    const { items, next } = await client.records({ from: at, limit: Math.min(pageMax, end - at) });
    yield* items;
    const following = next === null ? end : Number(next);
    // A gateway that leads in circles is not followed.
    if (!(following > at)) return;
    at = following;
  }
}

function row({ index, at, type, reviewId, actionId }: LogEntry): readonly string[] {
  const time = at === null ? "" : visible(at.slice(0, 19).replace("T", " "));
  return [
    String(index),
    time,
    visible(type ?? "(unreadable)"),
    visible(reviewId ?? actionId ?? ""),
  ];
}

function presentVerification(verified: LogVerification, terminal: Terminal): string {
  const { ok, size, root, erased, problems, key, keyFrom } = verified;
  const head = ok
    ? paint(
        terminal,
        ["bold", "green"],
        `The log is whole: ${size} records, each as it was signed.`,
      )
    : paint(terminal, ["bold", "red"], `The log is NOT whole: ${count(problems.length)}.`);
  const rows = [
    ["  key", visible(key)],
    ["", keySource[keyFrom]],
    ["  root", visible(root ?? "can't be computed")],
    ["  erased", erased === null ? "not seen over the API" : `${erased} payloads`],
  ];
  const list = problems.map(({ code, message, index }) => {
    const where = index === null ? "" : `record ${index}: `;
    return `  ${where}${visible(message)} [${visible(code)}]\n`;
  });
  const gap = list.length === 0 ? "" : "\n";
  return `${head}\n\n${list.join("")}${gap}${table(rows)}`;
}

const keySource: Readonly<Record<LogVerification["keyFrom"], string>> = {
  outside: "which you gave",
  folder: "the folder's own: compare it with one that you keep elsewhere",
  gateway: "the gateway's own: compare it with one that you keep elsewhere",
};

function count(problems: number): string {
  return problems === 1 ? "1 problem" : `${problems} problems`;
}

async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (error) {
    throw new CliError("cli.unwritable_file", `${file} can't be written.`, error);
  }
}
