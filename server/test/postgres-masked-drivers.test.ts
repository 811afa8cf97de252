/** What drivers make of masked answers: rows of the types that they were promised, in both formats, and no value. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { Client } from "pg";
import { to as copyTo } from "pg-copy-streams";
import QueryStream from "pg-query-stream";
import postgres from "postgres";
import { columnRules, openMaskedScene } from "./support/masked-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { agentToken } from "./support/postgres-gateway.ts";

let database: TestPostgres;
before(async () => {
  database = await startTestPostgres({ shop: false });
});
after(() => database.stop());

/** One column of each kind of type is masked. */
const everyType = `
  @id("masked") @mask("crm.wide.a, crm.wide.b, crm.wide.c, crm.wide.d, crm.wide.e, crm.wide.f, crm.wide.g, crm.wide.h, crm.wide.i")
  permit (principal, action in Countersign::Action::"sql", resource);
  @id("the-rest-waits") @review("1 of dba") permit (principal, action, resource)
  unless { action in Countersign::Action::"sql" };`;
const wide = `
  create table wide (a text, b int, c timestamptz, d jsonb, e text[], f bytea, g numeric, h boolean, i int[], open text);
  insert into wide values ('secret', 7, '2020-01-02', '{"s": "secret"}', '{secret}', 'secret', 7.5, true, '{7}', 'shown')`;
const select = "select a, b, c, d, e, f, g, h, i, open from crm.wide where open = $1";

test("each type of a masked column holds what drivers can read, as text and in binary", async (context) => {
  const { client, gateway, approveAll } = await openMaskedScene(context, database, columnRules);
  approveAll();
  await client.query(wide);
  gateway.stage.rule(everyType);
  const expected = {
    a: "<MASKED>",
    b: null,
    c: null,
    d: "<MASKED>",
    e: ["<MASKED>"],
    f: null,
    g: null,
    h: null,
    i: null,
    open: "shown",
  };
  const asText = await client.query({ text: select, values: ["shown"] });
  assert.deepEqual(asText.rows, [expected]);
  const binary = { text: select, values: ["shown"], binary: true };
  const [row] = (await client.query(binary)).rows as Record<string, unknown>[];
  assert.equal(JSON.stringify(row).includes("secret"), false);
  assert.deepEqual([row?.["a"], row?.["b"], row?.["open"]], ["<MASKED>", null, "shown"]);
  const { host, port, user } = gateway.login;
  const sql = postgres({
    host,
    port,
    user,
    password: agentToken,
    database: "shop",
    max: 1,
    onnotice: () => {},
  });
  for (let times = 0; times < 2; times += 1) {
    assert.deepEqual([...(await sql.unsafe(select, ["shown"], { prepare: true }))], [expected]);
  }
  const cursor: unknown[] = [];
  for await (const rows of sql`select a, open from crm.wide`.cursor(1)) cursor.push(...rows);
  await sql.end();
  assert.deepEqual(cursor, [{ a: "<MASKED>", open: "shown" }]);
  const streamed: unknown[] = [];
  for await (const each of client.query(
    new QueryStream("select a from crm.wide", [], { batchSize: 1 }),
  ))
    streamed.push(each);
  assert.deepEqual(streamed, [{ a: "<MASKED>" }]);
  assert.equal(
    await text(client.query(copyTo("copy crm.wide (a, b, open) to stdout"))),
    "<MASKED>\t<MASKED>\tshown\n",
  );
});

test("a result of many rows is masked in every one of them, also for a slow reader", async (context) => {
  const { client, gateway, approveAll } = await openMaskedScene(context, database, columnRules);
  approveAll();
  await client.query(
    "insert into people (id, email, plan) select i, 'ada' || i || '@example.com', 'free' from generate_series(10, 60000) as i",
  );
  const { host, port, user } = gateway.login;
  const reader = new Client({ host, port, user, password: agentToken, database: "shop" });
  await reader.connect();
  let count = 0;
  const stream = reader.query(
    new QueryStream("select id, email, plan from crm.people where id >= 10", [], {
      batchSize: 500,
    }),
  );
  for await (const row of stream as AsyncIterable<{ email: string; plan: string }>) {
    assert.equal(row.email, "<EMAIL>");
    assert.equal(row.plan, "free");
    count += 1;
  }
  assert.equal(count, 59_991);
  const { rows } = await reader.query<{ email: string }>(
    "select email from crm.people where id >= 10",
  );
  assert.equal(rows.length, 59_991);
  assert.deepEqual(new Set(rows.map(({ email }) => email)), new Set(["<EMAIL>"]));
  await reader.end();
});

const program = "psql";
const hasPsql = spawnSync(program, ["--version"]).status === 0;

test("psql prints masked rows, in tables, by COPY and of cursors", {
  skip: !hasPsql && "there is no psql here",
}, async (context) => {
  const { gateway, approveAll } = await openMaskedScene(context, database, columnRules);
  approveAll();
  const { host, port, user } = gateway.login;
  const child = spawn(
    program,
    ["-X", "-q", "-A", "-t", "-h", host, "-p", String(port), "-U", user, "shop"],
    { env: { ...process.env, PGPASSWORD: agentToken } },
  );
  child.stdin.end(
    String.raw`set search_path to crm;
select id, email from people where id = 1;
\copy (select id, email from people where id = 2) to stdout
\set FETCH_COUNT 1
select email, plan from people where id < 3 order by id;
select email from people where id = 1 \gdesc
select id, email from people where id = 1 \gx
`,
  );
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  assert.equal(`${out}${errors}`.includes("@example.com"), false, out);
  assert.match(out, /^1\|<EMAIL>$/m);
  assert.match(out, /^2\t<MASKED>$/m);
  assert.match(out, /^<EMAIL>\|pro\n<EMAIL>\|free$/m);
});
