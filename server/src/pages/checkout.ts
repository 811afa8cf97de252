/** Where the console lies in a checkout of this repository, and where its builds are kept. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildOptions } from "./build.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * A build is kept beside the sources; where those can't be written to, in the data folder.
 * COUNTERSIGN_CONSOLE_BUILD=never serves only what was built before.
 */
export function consoleBuildOf(
  dataDir: string,
  environment: Readonly<Record<string, string | undefined>>,
): BuildOptions {
  return {
    sourceDir: join(root, "console"),
    inputs: [join(root, "package-lock.json"), join(root, "sdk/src")],
    outDirs: [join(root, "console/dist"), join(dataDir, "console")],
    mayBuild: environment["COUNTERSIGN_CONSOLE_BUILD"] !== "never",
  };
}
