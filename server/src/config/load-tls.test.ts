import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { type TestContext } from "node:test";
import { GatewayError } from "#/core/errors.ts";
import { type Config, parseConfig } from "./load.ts";
import type { PostgresConnectionConfig } from "./read-connections.ts";

interface Parts {
  readonly listen?: object;
  readonly upstream?: object;
}

function load(context: TestContext, { listen = {}, upstream = {} }: Parts) {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-config-"));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["ca.pem", "cert.pem", "key.pem"]) {
    writeFileSync(path.join(folder, name), `text of ${name}`);
  }
  const text = JSON.stringify({
    people: [{ name: "ada" }],
    agents: [{ name: "bot" }],
    listen: { postgres: listen },
    connections: [
      {
        name: "shop",
        kind: "postgres",
        environment: "test",
        upstream: {
          host: "db.example.com",
          database: "shop",
          user: "shop",
          password: { env: "WORD" },
          ...upstream,
        },
      },
    ],
  });
  return parseConfig(text, path.join(folder, "countersign.yaml"), { WORD: "word" });
}

async function problemsOf(context: TestContext, parts: Parts): Promise<string> {
  try {
    await load(context, parts);
    return "";
  } catch (error) {
    assert.ok(error instanceof GatewayError && error.code === "config.invalid");
    return error.message;
  }
}

function upstreamIn({ connections: [connection] }: Config): PostgresConnectionConfig["upstream"] {
  assert.ok(connection?.kind === "postgres");
  return connection.upstream;
}

async function modeOf(context: TestContext, upstream: object): Promise<string | undefined> {
  return upstreamIn(await load(context, { upstream })).tls.mode;
}

test("a database elsewhere is verified unless the configuration says otherwise, one on this machine is not", async (context) => {
  for (const host of ["db.example.com", "10.0.0.7", "fd00::7", "localhost.example.com"]) {
    assert.equal(await modeOf(context, { host }), "verify-full", host);
    assert.equal(await modeOf(context, { host, tls: {} }), "verify-full", host);
    assert.equal(await modeOf(context, { host, tls: { mode: "disable" } }), "disable", host);
  }
  for (const host of ["127.0.0.1", "localhost", "::1"]) {
    assert.equal(await modeOf(context, { host }), "disable", host);
    // Whoever says anything of TLS wants it.
    assert.equal(await modeOf(context, { host, tls: {} }), "verify-full", host);
    assert.equal(await modeOf(context, { host, tls: { ca: { file: "ca.pem" } } }), "verify-full");
  }
});

test("certificates are read, and paths are relative to the configuration", async (context) => {
  const tls = {
    ca: { file: "ca.pem" },
    certificate: { file: "cert.pem" },
    key: { file: "key.pem" },
    serverName: "db.internal",
  };
  const config = await load(context, { upstream: { tls, password: null } });
  const upstream = upstreamIn(config);
  assert.equal(upstream.password, null);
  assert.ok(upstream.tls.mode === "verify-full");
  const { ca, certificate, key, serverName } = upstream.tls;
  assert.deepEqual(
    [ca, certificate, key?.reveal(), serverName],
    ["text of ca.pem", "text of cert.pem", "text of key.pem", "db.internal"],
  );
});

test("what TLS needs and does not find is a problem with its place", async (context) => {
  const pair = { certificate: { file: "cert.pem" }, key: { env: "MISSING" } };
  for (const [parts, problem] of [
    [{ listen: { tls: pair } }, /listen\.postgres\.tls\.key: .*MISSING is not set/],
    [
      { listen: { tls: { certificate: { file: "cert.pem" } } } },
      /listen\.postgres\.tls: .*together/,
    ],
    [{ listen: { tls: { ...pair, key: { file: "no.pem" } } } }, /tls\.key: the file .*no\.pem/],
    [{ upstream: { tls: pair } }, /upstream\.tls\.key: .*MISSING is not set/],
    [{ upstream: { tls: { key: { file: "key.pem" } } } }, /upstream\.tls: .*together/],
    [{ upstream: { tls: { ca: { file: "no.pem" } } } }, /upstream\.tls\.ca: the file .*no\.pem/],
    [{ upstream: { tls: { mode: "prefer" } } }, /upstream\.tls\.mode/],
    [{ upstream: { password: null } }, /upstream: needs a password/],
    [
      {
        upstream: {
          tls: { mode: "disable", certificate: { file: "cert.pem" }, key: { file: "key.pem" } },
          password: null,
        },
      },
      /upstream: needs a password/,
    ],
  ] as const) {
    assert.match(await problemsOf(context, parts), problem);
  }
});

test("a listener shows what is configured, and leaves open who must use TLS unless told", async (context) => {
  const none = (await load(context, {})).listen.postgres.tls;
  assert.deepEqual(none, { required: null, identity: null });
  const tls = { certificate: { file: "cert.pem" }, key: { file: "key.pem" }, required: true };
  const { required, identity } = (await load(context, { listen: { tls } })).listen.postgres.tls;
  assert.equal(required, true);
  assert.ok(identity !== null && "file" in identity.key);
  assert.ok(path.isAbsolute(identity.certificateFile) && path.isAbsolute(identity.key.file));
});
