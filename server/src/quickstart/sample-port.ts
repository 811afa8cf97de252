/** Where the sample's server listened last, kept beside its data. */
import { join } from "node:path";
import { readIfPresent, writePrivateFile } from "./private-folder.ts";

export async function readPort(folder: string): Promise<number | undefined> {
  const port = Number(await readIfPresent(pathIn(folder)));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

export function writePort(folder: string, port: number): Promise<void> {
  return writePrivateFile(pathIn(folder), `${port}\n`);
}

function pathIn(folder: string): string {
  return join(folder, "port");
}
