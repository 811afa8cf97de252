/** The data folder of a gateway on this machine: where it is reached, and its operator's credential. */
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Context } from "./context.ts";
import { CliError } from "./failure.ts";
import { version } from "./version.ts";

export interface DataFolder {
  readonly dir: string;
  readonly url: string;
  readonly pid: number;
}

/** Not looked up further: a credential is never taken from a folder that nobody named or stands in. */
export function dataDirOf({ environment, folder }: Context): string {
  return path.resolve(folder, environment["COUNTERSIGN_DATA"] || ".countersign");
}

/** Null where no gateway has announced itself, or the last one took its leave. */
export async function readDataFolder(dir: string): Promise<DataFolder | null> {
  const text = await readIfThere(path.join(dir, "gateway.json"));
  if (text === null) return null;
  const announced = parse(text);
  if (announced === null) {
    throw new CliError(
      "cli.unreadable_file",
      `${dir}/gateway.json is damaged. Restart the gateway.`,
    );
  }
  const { url, pid } = announced;
  const found = { dir, url: url.replace(/\/+$/, ""), pid };
  // Of one that has ended, its version is not what is wrong.
  if (announced.version !== version && isRunning(found)) {
    const message = `The gateway of ${dir} is version ${announced.version}, this command is ${version}. Use the command of that version, or restart the gateway with this one.`;
    throw new CliError("cli.version_mismatch", message);
  }
  return found;
}

export async function readOperatorToken({ dir }: DataFolder): Promise<string> {
  const token = await readIfThere(path.join(dir, "operator.token"));
  if (token !== null) return token.trim();
  throw new CliError("cli.no_credential", `${dir}/operator.token is missing. Restart the gateway.`);
}

export function isRunning({ pid }: DataFolder): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    const message = `${file} can't be read (${code ?? "unknown"}). Only the user who runs the gateway can.`;
    throw new CliError("cli.unreadable_file", message, error);
  }
}

function parse(
  text: string,
): { readonly url: string; readonly pid: number; readonly version: string } | null {
  try {
    const { url, pid, version: its } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (typeof url !== "string" || typeof pid !== "number" || typeof its !== "string") return null;
    return { url, pid, version: its };
  } catch {
    return null;
  }
}
