/** Key files of a data folder that several processes enter for the first time at once. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { loadKeys } from "#/audit/keys.ts";

const program = `
  const { loadKeys } = await import(${JSON.stringify(import.meta.resolve("#/audit/keys.ts"))});
  const { verifierKey, payloadKey } = loadKeys(process.argv[1]);
  process.stdout.write(verifierKey + " " + Buffer.from(payloadKey).toString("hex"));
`;

async function loadElsewhere(dir: string): Promise<string> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) output += String(chunk);
  return output;
}

test("of processes that start at once, all get the same keys, and no draft stays behind", async (t) => {
  const parent = fs.mkdtempSync(path.join(os.tmpdir(), "countersign-keys-"));
  t.after(() => fs.rmSync(parent, { recursive: true, force: true }));
  const dir = path.join(parent, "data");
  const loaded = await Promise.all(Array.from({ length: 6 }, () => loadElsewhere(dir)));
  const { verifierKey, payloadKey } = loadKeys(dir);
  const expected = `${verifierKey} ${Buffer.from(payloadKey).toString("hex")}`;
  assert.deepEqual(
    loaded,
    Array.from({ length: 6 }, () => expected),
  );
  assert.deepEqual(fs.readdirSync(dir).toSorted(), ["data.key", "log.key", "log.pub"]);
});
