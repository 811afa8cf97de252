/**
 * The credential of whoever can read the data folder: made anew at each start, in a file that only its owner
 * reads, so that the command line on the same machine needs no set-up.
 */
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import { newToken, tokenHash } from "./tokens.ts";

export const operatorTokenFile = "operator.token";

/** Returns the credential's hash; the credential itself is in the file alone. */
export async function writeOperatorToken(dataDir: string): Promise<string> {
  const token = newToken("operator");
  const path = join(dataDir, operatorTokenFile);
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${token}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  return tokenHash(token);
}
