/**
 * Builds the console, if there is none of the same sources yet.
 *
 * Each build lies in a folder of its own, named by its stamp, and gets that name when it is whole. So two
 * gateways that build at once do not break each other, and nobody ever reads half a console.
 */
import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { constants, setPriority } from "node:os";
import { dirname, join } from "node:path";
import { GatewayError } from "#/core/errors.ts";
import { stampOf } from "./stamp.ts";

export interface BuildOptions {
  /** Vite's root: `index.html`, `vite.config.ts`, `src` and `public`. */
  readonly sourceDir: string;
  /** What else a build depends on: the lock file, workspaces. */
  readonly inputs: readonly string[];
  /** Where builds are kept; of several, the first that can be written to. */
  readonly outDirs: readonly string[];
  /** Vite's own command; the one that the sources depend on unless it is said. */
  readonly vite?: string;
  /** Where not, one that was built before is served. */
  readonly mayBuild: boolean;
}

const buildMsMax = 5 * 60 * 1000;
const outputCharsMax = 16 * 1024;
const unfinished = ".building-";

/** The folder of a whole build. `onBuild` is called where one has to be made. */
export async function ensureBuild(
  options: BuildOptions,
  signal: AbortSignal,
  onBuild: () => void,
): Promise<string> {
  const stamp = await stampOf(dirname(options.sourceDir), sourcesOf(options));
  for (const outDir of options.outDirs) {
    const folder = join(outDir, stamp);
    if (await isThere(folder)) return folder;
  }
  if (!options.mayBuild) {
    throw failed("The console has not been built, and this gateway is not to build it.");
  }
  onBuild();
  const building = await makeFolder(options.outDirs);
  try {
    await runVite(options, building, signal);
    const folder = join(dirname(building), stamp);
    // There is nothing secret in it, and the gateway may run under another account the next time.
    await chmod(building, 0o755);
    await rename(building, folder).catch(async (cause: unknown) => {
      // Another gateway was faster, with the same sources.
      if (!(await isThere(folder))) throw cause;
    });
    await removeOthers(dirname(building), stamp);
    return folder;
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

function sourcesOf({ sourceDir, inputs }: BuildOptions): readonly string[] {
  const own = ["src", "public", "index.html", "vite.config.ts", "package.json"];
  return [...own.map((name) => join(sourceDir, name)), ...inputs];
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function makeFolder(outDirs: readonly string[]): Promise<string> {
  let last: unknown;
  for (const outDir of outDirs) {
    try {
      await mkdir(outDir, { recursive: true });
      return await mkdtemp(join(outDir, unfinished));
    } catch (cause) {
      last = cause;
    }
  }
  throw failed(`The console can't be written to ${outDirs.join(" or ")}.`, last);
}

/** Those of other sources, and what a process left that was killed. Whoever serves one holds it in memory. */
async function removeOthers(outDir: string, stamp: string): Promise<void> {
  for (const name of await readdir(outDir)) {
    const path = join(outDir, name);
    if (name === stamp || (name.startsWith(unfinished) && !(await isLeftOver(path)))) continue;
    if (!name.startsWith(unfinished) && !/^[0-9a-f]{32}$/.test(name)) continue;
    await rm(path, { recursive: true, force: true });
  }
}

async function isLeftOver(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > 2 * buildMsMax;
}

async function runVite(options: BuildOptions, outDir: string, signal: AbortSignal): Promise<void> {
  const { sourceDir } = options;
  const vite = options.vite ?? viteOf(sourceDir);
  // The configuration is read as Node reads it: bundled, it would be written beside the sources first.
  const args = ["build", "--configLoader", "native", "--outDir", outDir, "--emptyOutDir"];
  const child = spawn(process.execPath, [vite, ...args], {
    cwd: sourceDir,
    env: buildEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.any([signal, AbortSignal.timeout(buildMsMax)]),
    killSignal: "SIGKILL",
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-outputCharsMax);
    });
  }
  const { promise, resolve } = Promise.withResolvers<number | null>();
  let failure: unknown = null;
  child.once("error", (cause) => {
    failure = cause;
    // What was started still runs when it is told to end; only what was not has no end.
    if (child.pid === undefined) resolve(null);
  });
  child.once("close", resolve);
  // Agents wait for the gateway; nobody dies of a console that comes a little later.
  if (child.pid !== undefined) lowerPriority(child.pid);
  const code = await promise;
  signal.throwIfAborted();
  if (failure !== null) {
    throw failed(`The console was not built within ${buildMsMax / 60_000} minutes.`, failure);
  }
  if (code !== 0) throw failed("The console could not be built.", output);
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the system does not let us.
  }
}

/** The gateway's own environment may hold secrets, and a build needs none of it. */
function buildEnvironment(): Readonly<Record<string, string>> {
  const names = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot"];
  const kept = names.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), NODE_ENV: "production", NO_COLOR: "1" };
}

function viteOf(sourceDir: string): string {
  try {
    const manifest = createRequire(join(sourceDir, "package.json")).resolve("vite/package.json");
    return join(dirname(manifest), "bin/vite.js");
  } catch (cause) {
    throw failed("Vite, which builds the console, is not installed. Run `npm ci`.", cause);
  }
}

/** The cause is for the operational log. */
function failed(message: string, cause?: unknown): GatewayError {
  return new GatewayError("console.build_failed", message, { cause });
}
