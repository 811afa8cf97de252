/**
 * Reads Samsung/CredData: labelled lines of repositories, of which it holds no text itself.
 *
 *   --creddata DIR               its checkout: meta/ and snapshot.json
 *   --creddata-repositories DIR  checkouts of the repositories that it labels, at its commits, each in a folder `owner+name`; of the
 *                                others nothing is measured
 */
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";

export interface LabelledFile {
  readonly text: Buffer;
  readonly labels: readonly Label[];
}

/** A value, or where none is told a line, in bytes. */
export interface Label {
  readonly start: number;
  readonly end: number;
  readonly isSecret: boolean;
  readonly category: string;
}

type Row = Readonly<Record<string, string>>;

export function readCredData(
  dir: string,
  repositories: string,
): { readonly repositories: number; readonly files: readonly LabelledFile[] } {
  const snapshot = JSON.parse(readFileSync(path.join(dir, "snapshot.json"), "utf8")) as Record<
    string,
    string
  >;
  const found = Object.entries(snapshot).flatMap(([id, url]) => {
    const root = path.join(repositories, url.replace("https://github.com/", "").replace("/", "+"));
    const meta = path.join(dir, "meta", `${metaName(id)}.csv`);
    return existsSync(root) && existsSync(meta) ? [{ root, rows: readRows(meta) }] : [];
  });
  return {
    repositories: found.length,
    files: found.flatMap(({ root, rows }) => readFiles(root, rows)),
  };
}

function metaName(id: string): string {
  return crc32(Buffer.from(id, "hex")).toString(16).padStart(8, "0");
}

/** Its fields hold neither commas nor quotes. */
function readRows(file: string): readonly Row[] {
  const [head = "", ...lines] = readFileSync(file, "utf8").trim().split(/\r?\n/);
  const names = head.split(",");
  return lines.map((line) => {
    const cells = line.split(",");
    return Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""]));
  });
}

function readFiles(root: string, rows: readonly Row[]): readonly LabelledFile[] {
  const byFile = Map.groupBy(rows, (row) => row["FileID"] ?? "");
  return globSync("**/*", { cwd: root }).flatMap((name) => {
    const labelled = byFile.get(createHash("sha256").update(name).digest("hex").slice(0, 8));
    const file = path.join(root, name);
    if (labelled === undefined || !statSync(file).isFile()) return [];
    const text = readFileSync(file);
    const lines = startsOfLines(text);
    return [{ text, labels: labelled.map((row) => labelOf(text, lines, row)) }];
  });
}

function startsOfLines(text: Buffer): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf(0x0a); at >= 0; at = text.indexOf(0x0a, at + 1)) starts.push(at + 1);
  return starts;
}

function labelOf(text: Buffer, lines: readonly number[], row: Row): Label {
  const first = Number(row["LineStart"]);
  const last = Number(row["LineEnd"]);
  const lineStart = lines[first - 1] ?? 0;
  const lineEnd = (lines[last] ?? text.length + 1) - 1;
  const line = text.toString("utf8", lineStart, lineEnd);
  const place = (column: string | undefined, otherwise: number) =>
    column === undefined || column === "" || first !== last
      ? otherwise
      : lineStart + Buffer.byteLength(line.slice(0, Number(column)));
  const start = place(row["ValueStart"], lineStart);
  return {
    start,
    end: Math.max(start + 1, place(row["ValueEnd"], lineEnd)),
    isSecret: row["GroundTruth"] === "T",
    category: row["Category"] ?? "",
  };
}
