/** Starts stop at a configuration that is not there: by then every source has been loaded. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const startFile = join(import.meta.dirname, "../src/start.ts");

test("the second start strips no types from what the first has stripped", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "countersign-test-"));
  context.after(() => rm(folder, { recursive: true }));
  const start = () => {
    const missing = ["--config", join(folder, "missing.yaml")];
    const { status, stdout, stderr } = spawnSync(process.execPath, [startFile, ...missing], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      env: { NODE_COMPILE_CACHE: join(folder, "kept"), NODE_DEBUG_NATIVE: "COMPILE_CACHE" },
    });
    assert.equal(status, 1);
    assert.match(stderr, /config\.unreadable/);
    return /transpile cache for StrippedTypeScript \S+server\/src\/gateway\.ts\.{3}(\w+)/.exec(
      `${stdout}${stderr}`,
    )?.[1];
  };
  assert.notEqual(start(), "success");
  assert.equal(start(), "success");
});
