import assert from "node:assert/strict";
import test from "node:test";
import { GatewayError } from "#/core/errors.ts";
import { parseConfig } from "./load.ts";

function withLimits(limits: string): string {
  return `
people: [{ name: ada }]
agents: [{ name: bot }]
connections:
  - name: shop
    kind: postgres
    environment: test
    upstream: { host: db.example.com, database: shop, user: shop, password: { env: WORD } }
limits: { ${limits} }`;
}

const parsed = (limits: string) =>
  parseConfig(withLimits(limits), "countersign.yaml", { WORD: "word" });

test("data of one COPY can't be allowed to be more than that of all of them", async () => {
  for (const limits of [
    "copyBytesMax: 2000000000",
    "copyBytesMax: 4096, spoolBytesMax: 4095",
    "spoolBytesMax: 268435455",
  ]) {
    await assert.rejects(parsed(limits), (error: unknown) => {
      assert(error instanceof GatewayError);
      assert.equal(error.code, "config.invalid");
      assert.match(
        JSON.stringify(error.details),
        /copyBytesMax.* is more than limits.spoolBytesMax/,
      );
      return true;
    });
  }
  const { limits } = await parsed("copyBytesMax: 4096, spoolBytesMax: 4096");
  assert.equal(limits.copyBytesMax, 4096);
});
