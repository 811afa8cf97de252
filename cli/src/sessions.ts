/**
 * Where sign-ins are kept: one file of the user's own, by gateway.
 *
 * Guarantees that nobody else reads it: it is written under a new name with the right mode and then moved
 * into place, and one that others could read is not used.
 */
import fs from "node:fs/promises";
import path from "node:path";
import type { SignedIn } from "@countersign/sdk/wire/sign-in";
import type { Context } from "./context.ts";
import { CliError } from "./failure.ts";

/** By the URL of the gateway, without a slash at the end. */
export type Sessions = Readonly<Record<string, SignedIn>>;

const fileBytesMax = 1024 * 1024;

export function sessionsFile({ environment, home }: Context): string {
  const configured = environment["XDG_CONFIG_HOME"] ?? "";
  // The XDG base directory specification ignores relative paths.
  const base = path.isAbsolute(configured) ? configured : path.join(home, ".config");
  return path.join(base, "countersign", "sessions.json");
}

/** Those that have not ended. */
export async function loadSessions(context: Context): Promise<Sessions> {
  const file = sessionsFile(context);
  let text: string;
  try {
    const { mode, size } = await fs.stat(file);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      const message = `${file} holds credentials and others can read it. Sign in again after: chmod 600 ${file}`;
      throw new CliError("cli.unsafe_file", message);
    }
    if (size > fileBytesMax) throw new Error("too large");
    text = await fs.readFile(file, "utf8");
  } catch (error) {
    if (error instanceof CliError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new CliError("cli.unreadable_file", `${file} can't be read.`, error);
  }
  const now = context.now();
  const live = Object.entries(parseSessions(text, file)).filter(
    ([, { expiresAt }]) => Date.parse(expiresAt) > now,
  );
  return Object.fromEntries(live);
}

export async function saveSession(context: Context, url: string, session: SignedIn): Promise<void> {
  await write(context, { ...(await loadSessions(context)), [url]: session });
}

/** Whether there was one. */
export async function forgetSession(context: Context, url: string): Promise<boolean> {
  const { [url]: found, ...rest } = await loadSessions(context);
  if (found === undefined) return false;
  await write(context, rest);
  return true;
}

function parseSessions(text: string, file: string): Sessions {
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) {
      const entries = Object.entries(value).filter(
        (entry): entry is [string, SignedIn] => isRecord(entry[1]) && isSession(entry[1]),
      );
      return Object.fromEntries(entries);
    }
  } catch {
    // Told below.
  }
  throw new CliError("cli.unreadable_file", `${file} is damaged. Remove it and sign in again.`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isSession({ person, token, expiresAt }: Readonly<Record<string, unknown>>): boolean {
  return [person, token, expiresAt].every((field) => typeof field === "string");
}

async function write(context: Context, sessions: Sessions): Promise<void> {
  const file = sessionsFile(context);
  const draft = `${file}.${process.pid}.new`;
  try {
    await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await fs.rm(draft, { force: true });
    await fs.writeFile(draft, `${JSON.stringify(sessions, null, 2)}\n`, {
      mode: 0o600,
      flag: "wx",
    });
    await fs.rename(draft, file);
  } catch (error) {
    await fs.rm(draft, { force: true });
    throw new CliError(
      "cli.unwritable_file",
      `The sign-in can't be kept: ${file} can't be written.`,
      error,
    );
  }
}
