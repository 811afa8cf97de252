import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { readIfPresent, writePrivateFile } from "./private-folder.ts";

/** The passwords of one database, kept beside it so that a restarted gateway can get in again. */
export interface Credentials {
  readonly superuserPassword: string;
  readonly gatewayPassword: string;
}

export async function readCredentials(folder: string): Promise<Credentials | undefined> {
  const text = await readIfPresent(pathIn(folder));
  return text === undefined ? undefined : (JSON.parse(text) as Credentials);
}

export async function createCredentials(folder: string): Promise<Credentials> {
  const credentials = { superuserPassword: newPassword(), gatewayPassword: newPassword() };
  await writePrivateFile(pathIn(folder), `${JSON.stringify(credentials)}\n`);
  return credentials;
}

function pathIn(folder: string): string {
  return join(folder, "credentials.json");
}

/** 192 bits, of characters that need no escape in a URL or in SQL. */
function newPassword(): string {
  return randomBytes(24).toString("base64url");
}
