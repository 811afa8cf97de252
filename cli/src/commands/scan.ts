/** `scan`: where a file holds secrets and personal data, and a copy without them. Needs no gateway. */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { safeJson, visible } from "@countersign/sdk/visible";
import type { Context } from "../context.ts";
import { CliError, type ExitCode, exitCodes, unreadableFile } from "../failure.ts";
import { paint, table } from "../layout.ts";
import { type FoundAt, sarifOf } from "../sarif.ts";

type Entry = typeof import("@countersign/server/scan");
type FileFormat = Entry["fileFormats"][number];
type MaskerName = keyof Entry["maskers"];
type FileScan = ReturnType<Entry["startFileScan"]>;

export interface ScanOptions {
  readonly json?: boolean;
  readonly sarif?: boolean;
  readonly format?: FileFormat;
  readonly mask?: string;
  readonly with: MaskerName;
  readonly keyFile?: string;
}

/** So many places are listed; all are counted. */
const listedFindingsMax = 10_000;
/** A key for hashes has at least so many bytes. */
const keyBytesMin = 16;
const progressEveryBytes = 4_194_304;

interface Report {
  readonly file: string;
  readonly format: FileFormat;
  readonly bytes: number;
  readonly found: number;
  readonly findings: readonly FoundAt[];
  readonly summary: readonly {
    readonly entity: string;
    readonly path: string | null;
    readonly count: number;
  }[];
  /** Where the masked copy is, or null. */
  readonly masked: string | null;
}

export async function scan(
  context: Context,
  file: string,
  options: ScanOptions,
): Promise<ExitCode> {
  if (options.json === true && options.sarif === true) {
    throw new CliError("cli.usage", "A report is JSON or SARIF, not both.");
  }
  const { maskers, startFileScan } = await import("@countersign/server/scan");
  const masker = maskers[options.with];
  const key = await keyOf(context, options, masker.needsKey);
  const format = options.format ?? formatOf(file);
  const findings: FoundAt[] = [];
  const counts = new Map<string, { entity: string; path: string | null; count: number }>();
  let found = 0;
  const copy = await openCopy(context, options.mask);
  const pieces: Uint8Array[] = [];
  const scanning = startFileScan(format, {
    replace: masker.make(key),
    onFound(place) {
      found += 1;
      if (findings.length < listedFindingsMax) findings.push(place);
      const place_ = `${place.entity}\0${place.path ?? ""}`;
      const count = counts.get(place_) ?? { entity: place.entity, path: place.path, count: 0 };
      count.count += 1;
      counts.set(place_, count);
    },
    emit: copy === null ? null : (piece) => pieces.push(Uint8Array.from(piece)),
  });
  try {
    const bytes = await readThrough(context, file, scanning, async () => {
      for (const piece of pieces.splice(0)) await copy?.write(piece);
    });
    await copy?.close();
    const summary = [...counts.values()].toSorted((one, other) => other.count - one.count);
    const report = { file, format, bytes, found, findings, summary, masked: copy?.path ?? null };
    // What goes to standard output is the copy; then the report has to go elsewhere.
    const say = options.mask === "-" ? context.terminal.err : context.terminal.out;
    say(present(context, report, options));
    return found === 0 || copy !== null ? exitCodes.done : exitCodes.refused;
  } catch (error) {
    await copy?.abandon();
    throw error;
  }
}

function formatOf(file: string): FileFormat {
  const endings: Readonly<Record<string, FileFormat>> = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
  };
  return endings[path.extname(file).toLowerCase()] ?? "text";
}

async function keyOf(
  context: Context,
  { with: masker, keyFile }: ScanOptions,
  needsKey: boolean,
): Promise<Uint8Array> {
  if (!needsKey) return new Uint8Array(0);
  if (keyFile === undefined)
    throw new CliError(
      "cli.usage",
      `--with ${masker} needs --key-file: the same key gives the same copy.`,
    );
  const key = await readFile(path.resolve(context.folder, keyFile)).catch((error: unknown) => {
    throw unreadableFile(keyFile, error);
  });
  if (key.length < keyBytesMin)
    throw new CliError("cli.usage", `The key has fewer than ${keyBytesMin} bytes.`);
  return key;
}

/** All of the file through the scan, with its progress where somebody watches. */
async function readThrough(
  context: Context,
  file: string,
  scanning: FileScan,
  flush: () => Promise<void>,
): Promise<number> {
  const name = path.resolve(context.folder, file);
  const total =
    file === "-"
      ? null
      : await stat(name).then(
          ({ size }) => size,
          () => null,
        );
  const source = file === "-" ? context.pieces() : createReadStream(name);
  let bytes = 0;
  let shown = 0;
  try {
    for await (const piece of source) {
      scanning.push(piece);
      await flush();
      bytes += piece.length;
      if (bytes - shown < progressEveryBytes) continue;
      shown = bytes;
      context.progress?.(progressOf(bytes, total));
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw unreadableFile(file, error);
  } finally {
    context.progress?.("");
  }
  scanning.end();
  await flush();
  return bytes;
}

const barWidth = 30;

function progressOf(bytes: number, total: number | null): string {
  const read = `${(bytes / 1_048_576).toFixed(0)} MiB`;
  if (total === null || total === 0) return read;
  const share = Math.min(1, bytes / total);
  const done = Math.round(share * barWidth);
  return `[${"#".repeat(done)}${" ".repeat(barWidth - done)}] ${Math.round(share * 100)} %  ${read}`;
}

interface Copy {
  readonly path: string;
  readonly write: (piece: Uint8Array) => Promise<void>;
  readonly close: () => Promise<void>;
  readonly abandon: () => Promise<void>;
}

/** A copy is there whole or not at all, for its owner alone, and never in place of something else. */
async function openCopy(context: Context, name: string | undefined): Promise<Copy | null> {
  if (name === undefined) return null;
  if (name === "-") {
    return { path: "-", write: context.output, close: async () => {}, abandon: async () => {} };
  }
  const target = path.resolve(context.folder, name);
  const draft = `${target}.${randomBytes(6).toString("hex")}.part`;
  const exists = await stat(target).then(
    () => true,
    () => false,
  );
  if (exists) throw new CliError("cli.unwritable_file", `${name} is there already.`);
  const handle = await open(draft, "wx", 0o600).catch((error: unknown) => {
    throw new CliError("cli.unwritable_file", `${name} can't be written.`, error);
  });
  return {
    path: name,
    write: async (piece) => writeAll(handle, piece),
    async close() {
      await handle.close();
      await rename(draft, target);
    },
    async abandon() {
      await handle.close().catch(() => {});
      await rm(draft, { force: true });
    },
  };
}

async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.length; ) {
    const { bytesWritten } = await handle.write(piece, at);
    at += bytesWritten;
  }
}

function present(context: Context, report: Report, { json, sarif }: ScanOptions): string {
  if (sarif === true) return `${safeJson(sarifOf(report.file, report.findings))}\n`;
  if (json === true) return `${safeJson(report)}\n`;
  const { terminal } = context;
  const { file, found, findings, masked } = report;
  const places = findings.map(({ entity, rule, line, column, path: keys }) => [
    `${visible(file)}:${line}${column === null ? "" : `:${column}`}`,
    entity,
    visible(keys ?? rule ?? ""),
  ]);
  const more =
    found > findings.length
      ? `… and ${found - findings.length} more places, which are counted below\n`
      : "";
  const sums = report.summary.map(({ entity, path: keys, count }) => [
    `  ${count}`,
    entity,
    visible(keys ?? ""),
  ]);
  const head =
    found === 0
      ? paint(terminal, ["bold", "green"], "Nothing was found.")
      : paint(
          terminal,
          ["bold"],
          `${found} ${found === 1 ? "place" : "places"} in ${report.bytes} bytes, as ${report.format}`,
        );
  const copy =
    masked === null || masked === "-" ? "" : `\nThe masked copy is ${visible(masked)}.\n`;
  return `${table(places)}${more}${found === 0 ? "" : "\n"}${head}\n${table(sums)}${copy}`;
}
