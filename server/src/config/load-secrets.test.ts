import assert from "node:assert/strict";
import test from "node:test";
import { GatewayError } from "#/core/errors.ts";
import { parseConfig } from "./load.ts";

const secret = "hunter2-of-somebody";

function configuration(upstream: string, more = ""): string {
  return `
people: [{ name: ada }]
agents: [{ name: bot }]
connections:
  - name: shop
    kind: postgres
    environment: test
    upstream:
      host: db.example.com
      database: shop
      user: shop
      ${upstream}
${more}`;
}

const sound = "password: { env: WORD }";

/** Secrets where none may stand: each is a problem, which is told without it. */
const misplaced: Readonly<Record<string, string>> = {
  "in place of a reference": configuration(`password: ${secret}`),
  "in quotes that are not closed": configuration(`password: "${secret}`),
  "in a list": configuration(`password: [${secret}]`),
  "as a reference of another kind": configuration(`password: { value: ${secret} }`),
  "beside a reference": configuration(`password: { env: WORD, value: ${secret} }`),
  "as an alias": configuration(`password: *${secret}`),
  "as a tag": configuration(`password: !${secret} x`),
  "as a block that is not indented": configuration(`password: |\n${secret}`),
  "as a second value": configuration(`${sound}\n      password: ${secret}`),
  "under a setting that there is none of": configuration(`${sound}\n      passwort: ${secret}`),
  "in a URL": configuration(`${sound}\n      url: postgres://shop:${secret}@db.example.com`),
  "as a port": configuration(`${sound}\n      port: ${secret}`),
  "as the key of the log": configuration(sound, `log: { signingKey: ${secret} }`),
  "as the key of a certificate": configuration(
    sound,
    `listen: { postgres: { tls: { certificate: { file: none.pem }, key: ${secret} } } }`,
  ),
  "as a public address": configuration(sound, `publicUrl: https://ada:${secret}@gateway.example`),
  "as a limit": configuration(sound, `limits: { holdMaxMs: ${secret} }`),
};

for (const [where, text] of Object.entries(misplaced)) {
  test(`a secret ${where} is a problem of the configuration, and none of its problems quotes it`, async () => {
    const failure = await parseConfig(text, "countersign.yaml", { WORD: "word" }).then(
      () => assert.fail("it is no configuration"),
      (error: unknown) => error,
    );
    assert(failure instanceof GatewayError);
    assert.equal(failure.code, "config.invalid");
    const told = `${failure.message}${JSON.stringify(failure.details)}`;
    assert.ok(!told.includes("hunter2"), told);
  });
}

test("a secret in a variable that names a port is a problem, and is not quoted", async () => {
  const environment = { WORD: "word", COUNTERSIGN_CONSOLE_PORT: secret };
  await assert.rejects(
    parseConfig(configuration(sound), "countersign.yaml", environment),
    (error) => {
      assert(error instanceof GatewayError);
      assert.match(error.message, /COUNTERSIGN_CONSOLE_PORT is not a port/);
      return !error.message.includes(secret);
    },
  );
});
