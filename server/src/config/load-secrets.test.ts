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

test("a credential that no header can carry is a problem like any other, together with all others, and none quotes it", async () => {
  const text = (more: string) => `
people: [{ name: ada }]
agents: [{ name: bot }]
${more}
connections:
  - { name: a, kind: mcp, environment: test, upstream: { url: "https://a.example", credential: { bearer: { env: BREAK } } } }
  - { name: b, kind: mcp, environment: test, upstream: { url: "https://b.example", credential: { header: X-Key, value: { env: WIDE } } } }
  - { name: c, kind: mcp, environment: test, upstream: { url: "https://c.example", credential: { bearer: { env: NONE } } } }`;
  const environment = { BREAK: `${secret}\r\nx-admin: 1`, WIDE: `${secret}\u20ac` };
  for (const more of [
    "limits: { copyBytesMax: 4096, spoolBytesMax: 2048 }",
    "limits: { copyBytesMax: 2 }",
  ]) {
    const failure = await parseConfig(text(more), "countersign.yaml", environment).then(
      () => assert.fail("it is no configuration"),
      (error: unknown) => error,
    );
    assert(failure instanceof GatewayError);
    const { message } = failure;
    assert.match(message, /connections\[0\].*bearer.*no header can carry/);
    assert.match(message, /connections\[1\].*value.*no header can carry/);
    assert.match(message, /NONE is not set/);
    assert.match(message, /copyBytesMax/);
    assert.ok(!`${message}${JSON.stringify(failure.details)}`.includes("hunter2"));
  }
});
