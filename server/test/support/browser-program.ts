/**
 * The bundled Chromium, unpacked once a day and version for all test processes of an account.
 *
 * The package unpacks into the system's temporary folder, under names that others may have taken; so it
 * runs in a process of its own whose temporary folder is a draft of ours, which is renamed when it is
 * whole. Of two that unpack at once the first wins. Systems clear what lies in temporary space file by
 * file; therefore a folder serves for its day only, and a later run removes it.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { closed, isErrno, openPrivateFolder, ownUid } from "#/quickstart/private-folder.ts";

export interface BrowserProgram {
  readonly path: string;
  /** All that the browser gets of the environment: nothing of the machine's settings or secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Why there is no browser on this machine; null where there is one. */
export const browserMissing =
  process.env["COUNTERSIGN_TEST_BROWSER"] !== undefined ||
  (process.platform === "linux" && process.arch === "x64")
    ? null
    : "the bundled Chromium is for Linux on x64; COUNTERSIGN_TEST_BROWSER names another one";

export async function findBrowserProgram(): Promise<BrowserProgram> {
  const own = process.env["COUNTERSIGN_TEST_BROWSER"];
  if (own !== undefined) return { path: own, environment: { PATH: process.env["PATH"] ?? "" } };
  if (browserMissing !== null) throw new Error(browserMissing);
  const home = join(tmpdir(), `countersign-test-browser-${ownUid()}`);
  await openPrivateFolder(home, closed);
  await removeOld(home);
  const folder = join(home, await todaysName());
  if (!(await exists(folder))) await unpack(home, folder);
  return {
    path: join(folder, "chromium"),
    environment: {
      HOME: join(folder, "home"),
      // Its own fonts and no others, so that a page looks the same on every machine.
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
      LD_LIBRARY_PATH: join(folder, "al2023/lib"),
    },
  };
}

const unpackMs = 150_000;
const oldMs = 2 * 24 * 60 * 60 * 1000;
const packageFolder = new URL("../../../node_modules/@sparticuz/chromium/", import.meta.url);

async function todaysName(): Promise<string> {
  const manifest = await readFile(new URL("package.json", packageFolder), "utf8");
  const { version } = JSON.parse(manifest) as { readonly version: string };
  return `chromium-${version}-${new Date().toISOString().slice(0, 10)}`;
}

async function removeOld(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const found = await stat(join(home, name)).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > oldMs) {
      await rm(join(home, name), { recursive: true, force: true });
    }
  }
}

async function unpack(home: string, folder: string): Promise<void> {
  const draft = join(home, `draft-${randomUUID()}`);
  await openPrivateFolder(draft, closed);
  await openPrivateFolder(join(draft, "home"), closed);
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", unpacking], {
    // Which of its libraries the package unpacks depends on where it believes to run.
    env: { TMPDIR: draft, AWS_LAMBDA_JS_RUNTIME: "nodejs24.x" },
    timeout: unpackMs,
  });
  await writeFile(join(draft, "fonts.conf"), fontsIn(folder));
  try {
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!isErrno(error, "ENOTEMPTY", "EEXIST")) throw error;
  }
}

const unpacking = `
  const { default: chromium } = await import(${JSON.stringify(new URL("build/index.js", packageFolder).href)});
  await chromium.executablePath();`;

function fontsIn(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
</fontconfig>
`;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
