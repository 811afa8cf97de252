/** Spools in a folder of their own. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSpools, type SpoolLimits, type Spools } from "#/proxies/postgres/copy/spool.ts";

export interface TestSpools extends Spools {
  readonly folder: string;
  /** Names of files that can still be found. */
  files(): Promise<readonly string[]>;
  remove(): Promise<void>;
}

const testLimits: SpoolLimits = { copyBytesMax: 4 * 1024 * 1024, spoolBytesMax: 8 * 1024 * 1024 };

export async function openTestSpools(changes: Partial<SpoolLimits> = {}): Promise<TestSpools> {
  const parent = await mkdtemp(join(tmpdir(), "countersign-spool-"));
  const folder = join(parent, "spool");
  const spools = await openSpools(folder, { ...testLimits, ...changes });
  return {
    folder,
    limits: spools.limits,
    get bytes() {
      return spools.bytes;
    },
    open: () => spools.open(),
    files: () => readdir(folder),
    remove: () => rm(parent, { recursive: true, force: true }),
  };
}
