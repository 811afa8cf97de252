/** A log's verifier key, as the text itself or as a file that holds it. */
import path from "node:path";
import type { Context } from "./context.ts";
import { CliError } from "./failure.ts";
import { readBounded } from "./read-bounded.ts";

const keyBytesMax = 4096;

export async function readKey({ folder, command }: Context, given: string): Promise<string> {
  if (/^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+$/.test(given.trim())) return given.trim();
  const file = path.resolve(folder, given);
  try {
    return (await readBounded(file, keyBytesMax)).trim();
  } catch (error) {
    const message = `"${given}" is neither a verifier key (NAME+ID+KEY, as \`${command} status\` shows it) nor a file with one.`;
    throw new CliError("cli.usage", message, error);
  }
}
