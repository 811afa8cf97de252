/** What is known of a connection's upstream, from tests and from sessions with a real database. */

import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import { Secret } from "#/core/secret.ts";
import { openStage, type Stage } from "#/enforcement/conformance/stage.ts";
import { createFinder } from "#/masking/finder.ts";
import { createMemoryVault } from "#/masking/replacement/pseudonyms.ts";
import { type PostgresConnection, postgresConnections } from "#/proxies/postgres/connection.ts";
import { closeUpstream, openUpstream } from "#/proxies/postgres/upstream/upstream.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { openMemoryStore } from "./support/postgres-gateway.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

interface Changes {
  readonly user?: string;
  readonly password?: string;
  readonly port?: number;
}

function connectionWith(
  context: TestContext,
  changes: Changes = {},
): { readonly connection: PostgresConnection; readonly stage: Stage } {
  const stage = openStage(openMemoryStore());
  stage.rule(
    `@id("reads") @reason("Reads run.") permit (principal, action == Countersign::Action::"sql.read", resource);`,
  );
  context.after(() => stage.close());
  const { host, port, database, user, password } = { ...postgres, ...changes };
  const upstream = { host, port, database, user, password: new Secret(password) };
  const configured = {
    name: "shop",
    environment: "test",
    labels: {},
    unsafe: false,
    preview: "none",
    sample: "masked",
    sensitive: [],
    upstream: { ...upstream, tls: { mode: "disable" } },
  } as const;
  const connection = postgresConnections([configured], stage.deps, {
    finder: createFinder,
    hashKey: Buffer.alloc(32, 5),
    vaults: { open: () => createMemoryVault() },
  }).get("shop");
  assert(connection !== undefined);
  return { connection, stage };
}

test("a test opens a session, on record before, and tells the server's version", async (context) => {
  const { connection, stage } = connectionWith(context);
  const health = await connection.health.test();
  assert.equal(health.state, "reachable");
  assert.match(health.serverVersion ?? "", /^\d+/);
  assert.deepEqual([health.since, health.heardAt], [stage.clock.now(), stage.clock.now()]);
  const looks = stage.records.filter(({ payload }) =>
    JSON.stringify(payload).includes("test_connection"),
  );
  assert.deepEqual(
    looks.map(({ type }) => type),
    ["action.allowed"],
  );
});

test("a wrong password, a closed port and a role that may not be used are each told as what they are", async (context) => {
  const { connection: refused } = connectionWith(context, { password: "wrong" });
  assert.equal((await refused.health.test()).failure?.code, "upstream.refused");
  const { connection: closed } = connectionWith(context, { port: 1 });
  assert.equal((await closed.health.test()).failure?.code, "upstream.unreachable");
  const { username, password } = new URL(postgres.superuserUrl);
  const { connection: unsafe } = connectionWith(context, {
    user: username,
    password: decodeURIComponent(password),
  });
  const health = await unsafe.health.test();
  assert.deepEqual([health.state, health.failure?.code], ["failing", "upstream.unsafe_role"]);
});

test("sessions tell as well: one that is opened, one that can't be, and not one whose own settings are refused", async (context) => {
  const { connection } = connectionWith(context);
  closeUpstream((await openUpstream(connection.address, [])).socket);
  assert.equal(connection.health.current().state, "reachable");
  await assert.rejects(openUpstream(connection.address, [["work_mem", "nonsense"]]), {
    code: "upstream.refused",
  });
  assert.equal(connection.health.current().state, "reachable");
  const { connection: other } = connectionWith(context, { password: "wrong" });
  await assert.rejects(openUpstream(other.address, [["application_name", "psql"]]));
  assert.equal(other.health.current().state, "failing");
});
