/**
 * Reads a policy folder and tells all that is wrong with it. The only part of `policy/` that touches the
 * file system.
 *
 * A file that can't be read is a problem, never skipped: it might hold the `forbid` that matters.
 */
import { isUtf8 } from "node:buffer";
import type { Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { loadPolicies, type PolicyLoad } from "./load.ts";
import type { PolicyFile, PolicyProblem } from "./source.ts";

export const policyFileBytesMax = 256 * 1024;
export const policyFilesMax = 256;
export const policyFolderDepthMax = 8;

export interface PolicyFolderCheck {
  readonly ok: boolean;
  readonly problems: readonly PolicyProblem[];
  /** They keep no set from being loaded. */
  readonly warnings: readonly PolicyProblem[];
  /** How many policies the set has; 0 if it has problems. */
  readonly policies: number;
  readonly digest: string | null;
}

export async function checkPolicyFolder(dir: string): Promise<PolicyFolderCheck> {
  const load = await loadPolicyFolder(dir);
  return load.ok
    ? {
        ok: true,
        problems: [],
        warnings: load.set.warnings,
        policies: load.set.policies.size,
        digest: load.set.digest,
      }
    : { ok: false, problems: load.problems, warnings: [], policies: 0, digest: null };
}

/**
 * Loads every `*.cedar` file under the folder. Names that start with a dot are left out: editors and
 * mounted configuration volumes keep second copies under such names.
 */
export async function loadPolicyFolder(dir: string): Promise<PolicyLoad> {
  const problems: PolicyProblem[] = [];
  const complain: Complain = (file, message) =>
    problems.push({ file, line: 1, policy: null, message });

  const paths = await findFiles(dir, ".", 1, complain);
  if (paths.length > policyFilesMax) {
    complain(".", `A set may have ${policyFilesMax} files, this one has ${paths.length}.`);
  }
  const files: PolicyFile[] = [];
  for (const path of paths.slice(0, policyFilesMax)) {
    const text = await readText(dir, path, complain);
    if (text !== null) files.push({ path, text });
  }

  if (problems.length === 0) return loadPolicies(files);
  // Without any file, that nothing is there is no second problem.
  const load = files.length === 0 ? null : loadPolicies(files);
  return { ok: false, problems: [...problems, ...(load?.ok === false ? load.problems : [])] };
}

type Complain = (file: string, message: string) => void;

async function findFiles(
  dir: string,
  folder: string,
  depth: number,
  complain: Complain,
): Promise<readonly string[]> {
  if (depth > policyFolderDepthMax) {
    complain(folder, `Folders may be nested ${policyFolderDepthMax} deep.`);
    return [];
  }
  let entries: readonly Dirent[];
  try {
    entries = await readdir(join(dir, folder), { withFileTypes: true });
  } catch (error) {
    complain(folder, unreadableFolder(codeOf(error)));
    return [];
  }
  const paths: string[] = [];
  for (const entry of entries.filter(({ name }) => !name.startsWith("."))) {
    const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) paths.push(...(await findFiles(dir, path, depth + 1, complain)));
    else if (path.endsWith(".cedar")) paths.push(path);
    else if (entry.isSymbolicLink() && (await isFolder(join(dir, path)))) {
      complain(path, "Links to folders are not followed; put the policies into the folder itself.");
    }
  }
  return paths.toSorted();
}

function unreadableFolder(code: string): string {
  if (code === "ENOENT") return "The folder does not exist.";
  if (code === "ENOTDIR") return "This is a file; policies are read from a folder.";
  return `The folder can't be read (${code}).`;
}

async function isFolder(path: string): Promise<boolean> {
  const target = await stat(path).catch(() => null);
  return target?.isDirectory() ?? false;
}

async function readText(dir: string, path: string, complain: Complain): Promise<string | null> {
  let bytes: Buffer;
  try {
    const target = await stat(join(dir, path));
    if (!target.isFile()) {
      complain(path, "This is not a regular file.");
      return null;
    }
    if (target.size > policyFileBytesMax) {
      complain(path, `A file may have ${policyFileBytesMax} bytes, this one has ${target.size}.`);
      return null;
    }
    bytes = await readFile(join(dir, path));
  } catch (error) {
    complain(path, `The file can't be read (${codeOf(error)}).`);
    return null;
  }
  if (!isUtf8(bytes)) {
    complain(path, "The file is not UTF-8 text.");
    return null;
  }
  return new TextDecoder().decode(bytes);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown";
}
