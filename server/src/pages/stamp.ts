/** What the console is built from, as one digest: the same sources, tools and versions give the same one. */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative } from "node:path";

/** So that a folder with something else in it does not keep the gateway busy. */
const filesMax = 5_000;
const bytesMax = 64 * 1024 * 1024;

/** Paths of files and folders; what is not there counts as that. Tests are no part of what is built. */
export async function stampOf(root: string, paths: readonly string[]): Promise<string> {
  const files = (await Promise.all(paths.map(filesUnder))).flat().toSorted();
  if (files.length > filesMax) throw new Error(`more than ${filesMax} files under ${root}`);
  const digest = createHash("sha256");
  let bytes = 0;
  for (const file of files) {
    const content = await readFile(file);
    bytes += content.length;
    if (bytes > bytesMax) throw new Error(`more than ${bytesMax} bytes under ${root}`);
    digest.update(`${relative(root, file)}\0${content.length}\0`).update(content);
  }
  return digest.digest("hex").slice(0, stampChars);
}

const stampChars = 32;

async function filesUnder(path: string): Promise<readonly string[]> {
  const kind = await stat(path).catch(() => null);
  if (kind === null) return [];
  if (kind.isFile()) return [path];
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && !/\.test(-support)?\.\w+$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}
