/** No value under a mask reaches the agent: by column identity, against a real database, through a real driver. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DatabaseError } from "pg";
import { to as copyTo } from "pg-copy-streams";
import Cursor from "pg-cursor";
import { syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { quickstartRules } from "./support/agent-scene.ts";
import { run } from "./support/extended-messages.ts";
import { columnRules, openMaskedScene, planted, recognizerRules } from "./support/masked-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

/** Statements that would show an address, and what they show. */
const shown: readonly (readonly [string, readonly string[]])[] = [
  ["select id, email from people order by id", ["1,<EMAIL>", "2,<EMAIL>", "3,null"]],
  ["select id, email as note from people where id = 1", ["1,<EMAIL>"]],
  ["table people", ["all"]],
  ["select email from (select * from people) as p where id = 1", ["<EMAIL>"]],
  ["with p as (select email as x from people where id = 1) select x from p", ["<EMAIL>"]],
  ["select upper(email) from people where id = 1", ["<MASKED>"]],
  ["select 'x' || email from people where id = 1", ["<MASKED>"]],
  ["select (select email from people where id = 1)", ["<MASKED>"]],
  ["select max(email) from people", ["<MASKED>"]],
  ["select string_agg(email, ' ') from people", ["<MASKED>"]],
  ["select shout from people where id = 1", ["<MASKED>"]],
  ["select address from contacts where id = 1", ["<EMAIL>"]],
  ["select backwards from loud where id = 1", ["<MASKED>"]],
  ["select m, cut from written limit 1", ["<MASKED>,<MASKED>"]],
  ["select x from told", ["&lt;MASKED&gt;"]],
  ["select y from over_told", ["<MASKED>"]],
  ["select address from behind limit 1", ["<EMAIL>"]],
  ["select email from parts", ["<EMAIL>"]],
  ["select email from parts_low", ["<EMAIL>"]],
  ["select people from people where id = 1", ["null"]],
  ["select p.email::varchar(40) from people p where id = 1", ["<MASKED>"]],
  ["select row_to_json(p) from people p where id = 1", ["<MASKED>"]],
  ["select array_agg(email) from people where id = 1", ["<MASKED>"]],
  ["select u from people p, unnest(array[p.email]) as u where id = 1", ["<MASKED>"]],
  ["select email from people where id = 1 union all select 'x'", ["<MASKED>", "<MASKED>"]],
  ["values ((select email from people where id = 1))", ["<MASKED>"]],
  ["select email, count(*) from people where id = 1 group by email", ["<EMAIL>,1"]],
  ["select * from mails()", ["<MASKED>", "<MASKED>", "null"]],
  [
    "select x from (select plan as x from people where id = 1 union all select email from people where id = 2) as u",
    ["<MASKED>", "<MASKED>"],
  ],
  [
    "with recursive r (n, x) as (select 1, plan from people where id = 1 union all select n + 1, (select email from people where id = 1) from r where n < 2) select x from r",
    ["<MASKED>", "<MASKED>"],
  ],
  [
    "select coalesce(p.email, q.email) from people p full join people q on false where p.id = 1",
    ["<MASKED>"],
  ],
  ["select email from people p full join parts q using (email) where p.id = 1", ["<MASKED>"]],
  ["select (p).email from (select p from people p where id = 1) as s", ["all"]],
  ["select to_jsonb(p)->>'email' from people p where id = 1", ["<MASKED>"]],
  [
    "select key, value from people p, jsonb_each_text(to_jsonb(p)) where id = 1 and key = 'email'",
    ["<MASKED>,<MASKED>"],
  ],
  [
    "select j.email from people p, jsonb_populate_record(null::people, to_jsonb(p)) as j where p.id = 1",
    ["all"],
  ],
  ["select first_value(email) over (order by id) from people where id = 1", ["<MASKED>"]],
  ["select case when email like 'a%' then 'yes' end from people where id = 1", ["<MASKED>"]],
  ["select distinct on (email) email from people where id = 1 order by email", ["<EMAIL>"]],
  [
    "select most_common_vals from pg_stats where tablename = 'people' and attname = 'plan'",
    ["null"],
  ],
];

const clear: readonly (readonly [string, readonly string[]])[] = [
  ["select id, plan from people order by id", ["1,pro", "2,free", "3,free"]],
  ["select count(*) from people", ["3"]],
  ["select upper(plan) from people where id = 1", ["PRO"]],
  ["select plan from contacts where id = 1", ["pro"]],
  ["select id, plan from plain where id = 1", ["1,pro"]],
  ["select 1 + 1, now() is null", ["2,false"]],
  ["select sum(total) from orders", ["10.5"]],
  ["show search_path", ["crm"]],
];

test("a masked column is masked whatever form of statement shows it, and others pass", async (context) => {
  const { rows, approveAll } = await openMaskedScene(context, postgres, columnRules);
  approveAll();
  for (const [sql, expected] of shown) {
    const found = await rows(sql);
    for (const value of planted.slice(0, 2)) {
      assert.equal(found.join("\n").toLowerCase().includes(value), false, sql);
    }
    if (expected[0] !== "all") assert.deepEqual(found, expected, sql);
  }
  for (const [sql, expected] of clear) assert.deepEqual(await rows(sql), expected, sql);
});

test("cursors, prepared statements, several results and portals in parts are masked alike", async (context) => {
  const { client, rows, wire, approveAll } = await openMaskedScene(context, postgres, columnRules);
  approveAll();
  await client.query("begin");
  await client.query(
    "declare c cursor for select id, email, upper(email), plan from people order by id",
  );
  assert.deepEqual(await rows("fetch 1 from c"), ["1,<EMAIL>,<MASKED>,pro"]);
  assert.deepEqual(await rows("fetch all from c"), ["2,<EMAIL>,<MASKED>,free", "3,null,null,free"]);
  await client.query("commit");
  await client.query(
    "prepare p as select id, email, lower(email), lower(plan) from people where id = $1",
  );
  assert.deepEqual(await rows("execute p(1)"), ["1,<EMAIL>,<MASKED>,pro"]);
  const named = { name: "n", text: "select email, plan from people where id = $1", values: [1] };
  for (let times = 0; times < 2; times += 1) {
    const result = await client.query<{ email: string }>(named);
    assert.deepEqual(result.rows, [{ email: "<EMAIL>", plan: "pro" }]);
  }
  const binary = {
    text: "select id, email, born from people where id = $1",
    values: [1],
    binary: true,
  };
  assert.deepEqual((await client.query(binary)).rows[0].email, "<EMAIL>");
  const cursor = client.query(
    new Cursor<{ email: string | null }>("select email from people order by id"),
  );
  assert.deepEqual(await cursor.read(1), [{ email: "<EMAIL>" }]);
  assert.deepEqual(await cursor.read(5), [{ email: "<EMAIL>" }, { email: null }]);
  await cursor.close();
  const messages = await wire.query(
    "select 1 as one; select email from crm.people where id = 1; select plan from crm.people where id = 1",
  );
  assert.deepEqual(
    inShort(messages).filter((line) => line.startsWith("row ")),
    ["row 1", "row <EMAIL>", "row pro"],
  );
  const returned = await rows(
    "update people set plan = 'pro' where id = 2 returning email, upper(email), id",
  );
  assert.deepEqual(returned, ["<EMAIL>,<MASKED>,2"]);
});

test("errors tell of no value of a masked column", async (context) => {
  const { client } = await openMaskedScene(context, postgres, columnRules);
  const failures = [
    "insert into people (id, email) values (9, 'ada@example.com')",
    "update people set plan = 'none' where id = 1",
    "update people set id = null where id = 1",
    "select email::int from people where id = 1",
    "select email::regclass from people where id = 1",
    "select email::regtype from people where id = 1",
    "select email::regnamespace from people where id = 1",
    "select date_trunc(email, now()) from people where id = 1",
    "select pg_database_size(email) from people where id = 1",
    "select ('{\"' || email || '\"')::text[] from people where id = 1",
  ];
  for (const sql of failures) {
    const error: unknown = await client.query(sql).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    assert(error instanceof DatabaseError, sql);
    const text = [error.message, error.detail, error.hint, error.where, error.internalQuery].join(
      "\n",
    );
    assert.equal(text.includes("ada@example.com"), false, text);
  }
});

test("recognizers look at rows, errors, notices and notifications", async (context) => {
  const scene = await openMaskedScene(context, postgres, recognizerRules);
  const { client, rows, approveAll, stage } = scene;
  approveAll();
  assert.deepEqual(await rows("select note, doc::text, plan from people where id = 1"), [
    'pays by <CREDIT_CARD>,{"mail": "<EMAIL>"},pro',
  ]);
  const { rows: documents } = await client.query("select doc from people where id = 1");
  assert.deepEqual(documents, [{ doc: { mail: "<EMAIL>" } }]);
  const heard: string[] = [];
  client.on("notice", ({ message }) => heard.push(message ?? ""));
  client.on("notification", ({ payload }) => heard.push(payload ?? ""));
  await client.query("select complain()");
  await client.query("listen news");
  await client.query("select pg_notify('news', 'bob@example.com has paid')");
  await client.query("select 1");
  const told = heard.filter((text) => !text.includes("waits for") && !text.startsWith("Masked"));
  assert.deepEqual(told, ["wrote to pays by <CREDIT_CARD>", "<EMAIL> has paid"]);
  await assert.rejects(client.query("select 'ada@example.com'::int"), /"<EMAIL>"/);
  const record = stage.records.find(({ body }) => body["masked"] !== undefined);
  assert.deepEqual(record?.body["masked"], { credit_card: 1, email: 1 });
});

test("under the starter policies a column that a query calls a credential is masked, but where it reads definitions alone", async (context) => {
  const { rows } = await openMaskedScene(context, postgres, quickstartRules);
  const kinds = "select t.alias as token from pg_catalog.ts_token_type(c.cfgparser) as t limit 1";
  const reading: readonly (readonly [string, string])[] = [
    [`select (${kinds}) as "Token" from pg_catalog.pg_ts_config as c limit 1`, "asciiword"],
    ["select relname as token from pg_class where relname = 'people'", "people"],
    ["select plan as token from people where id = 1", "<PASSWORD>"],
    ["select upper(plan) as token from people where id = 1", "<PASSWORD>"],
    ["select (select plan from people where id = 1) as token from pg_class limit 1", "<PASSWORD>"],
    ["select setting as token from pg_settings where name = 'port'", "<PASSWORD>"],
    [
      "select 'see postgres://ada:hunter22@db.example/x' as token",
      "see postgres://ada:<CONNECTION_STRING>@db.example/x",
    ],
  ];
  for (const [sql, row] of reading) assert.deepEqual(await rows(sql), [row], sql);
});

test("the client is told of a number that became NULL, in whichever row, and of none where nothing was found", async (context) => {
  const { client } = await openMaskedScene(context, postgres, recognizerRules);
  const heard: (string | undefined)[] = [];
  client.on("notice", ({ message }) => heard.push(message));
  const values = "values (1, 7::bigint), (2, 4111111111111111)";
  const { rows } = await client.query(`select * from (${values}) as t (id, paid_with)`);
  assert.deepEqual(rows.map(Object.values), [
    [1, "7"],
    [2, null],
  ]);
  assert.deepEqual(heard, ["Masked values are NULL in paid_with: nothing else fits the type."]);
  await client.query({
    text: "select id, 4111111111111112 as n from people where id = $1",
    values: [1],
  });
  assert.equal(heard.length, 1);
  await client.query({
    text: "select id, 4111111111111111 as n from people where id = $1",
    values: [1],
  });
  assert.match(heard[1] ?? "", /NULL in n:/);
});

test("the data of a COPY is masked by column and by what it holds, and what can't be masked is refused", async (context) => {
  const { client, approveAll } = await openMaskedScene(context, postgres, columnRules);
  approveAll();
  const copied = async (sql: string) => {
    const parts: Buffer[] = [];
    for await (const part of client.query(copyTo(sql))) parts.push(part as Buffer);
    return Buffer.concat(parts).toString().split("\n").slice(0, -1);
  };
  assert.deepEqual(await copied("copy people (id, email, plan) to stdout"), [
    "1\t<EMAIL>\tpro",
    "2\t<EMAIL>\tfree",
    "3\t\\N\tfree",
  ]);
  assert.deepEqual(
    await copied(
      "copy (select email, plan, upper(email) as x from people where id = 1) to stdout with (format csv, header, force_quote *)",
    ),
    ["email,plan,x", '"<MASKED>","pro","<MASKED>"'],
  );
  assert.deepEqual(await copied("copy (select mails()) to stdout"), [
    "<MASKED>",
    "<MASKED>",
    "\\N",
  ]);
  assert.deepEqual(
    await copied("copy contacts to stdout csv").catch(String),
    'error: cannot copy from view "contacts"',
  );
  await assert.rejects(
    client.query("copy people to stdout (format binary)"),
    /binary format is not carried/,
  );
  assert.deepEqual((await client.query("select plan from people where id = 1")).rows, [
    { plan: "pro" },
  ]);
});

test("what can't be masked is refused in its place in a pipeline, and fails a transaction as the database would", async (context) => {
  const { wire } = await openMaskedScene(context, postgres, columnRules);
  const copy = "copy crm.people (id) to stdout (encoding 'latin1')";
  wire.send(...run(copy), syncFrame);
  const refused = ["parse_complete", "error 0A000"];
  assert.deepEqual(inShort(await wire.until(isReady)), [...refused, "ready idle"]);
  await wire.query("begin");
  wire.send(...run(copy), syncFrame);
  assert.deepEqual(inShort(await wire.until(isReady)), [...refused, "ready failed"]);
  await wire.query("rollback");
  assert.deepEqual(inShort(await wire.query("select 1")), [
    "row_description",
    "row 1",
    "tag SELECT 1",
    "ready idle",
  ]);
});

test("what a session keeps of a value elsewhere is refused, and what it has changed itself is not trusted", async (context) => {
  const { client, rows, approveAll } = await openMaskedScene(context, postgres, columnRules);
  approveAll();
  const keeping = [
    "select set_config('application_name', (select email from people where id = 1), false)",
    "select pg_notify('news', email) from people where id = 1",
    "select lo_from_bytea(0, convert_to(email, 'utf8')) from people where id = 1",
  ];
  for (const sql of keeping)
    await assert.rejects(client.query(sql), /take constants and parameters alone/, sql);
  await client.query("begin");
  await client.query("create view fresh as select id, email as e, upper(email) as u from people");
  assert.deepEqual(await rows("select id, e, u from fresh where id = 1"), [
    "null,<MASKED>,<MASKED>",
  ]);
  await client.query(
    "alter table people rename column plan to was; alter table people rename column email to plan",
  );
  assert.deepEqual(await rows("select plan, upper(plan) from people where id = 1"), [
    "<EMAIL>,<MASKED>",
  ]);
  await client.query("rollback");
  await client.query("create view lasting as select id, email as e, upper(plan) as p from people");
  assert.deepEqual(await rows("select id, e, p from lasting where id = 1"), ["1,<EMAIL>,PRO"]);
});

test("a masked column that is not there is logged once, and again after it was there", async (context) => {
  const rules = columnRules.replaceAll("crm.parts.email", "crm.people.mail, crm.parts.email");
  const { client, gateway, rows, approveAll } = await openMaskedScene(context, postgres, rules);
  approveAll();
  const told = () =>
    gateway.log
      .filter(({ event }) => event === "masked_columns.absent")
      .map(({ connection, columns }) => `${String(connection)}: ${String(columns)}`);
  await rows("select plan from people where id = 1");
  const once = ["shop: crm.people.mail"];
  assert.deepEqual(told(), once);
  await client.query("alter table people add column nothing int");
  await rows("select plan from people where id = 1");
  assert.deepEqual(told(), once);
  await client.query("alter table people add column mail text");
  await rows("select plan from people where id = 1");
  await client.query("alter table people drop column mail");
  await rows("select plan from people where id = 1");
  assert.deepEqual(told(), [...once, ...once]);
});

test("each masker leaves what it says, the same for the same value", async (context) => {
  const rules = (masker: string) =>
    columnRules.replaceAll("crm.people.email,", `crm.people.email: ${masker},`);
  const { client, stage, rows } = await openMaskedScene(context, postgres, rules("hash"));
  const sql = "select email, (select 1) from people where id < 3 order by id";
  const hashed = await rows(sql);
  assert.match(hashed[0] ?? "", /^<EMAIL:[0-9a-f]{16}>,1$/);
  assert.notEqual(hashed[0], hashed[1]);
  assert.deepEqual(await rows(sql), hashed);
  stage.rule(rules("tokenise"));
  assert.deepEqual(await rows(sql), ["<EMAIL_1>,1", "<EMAIL_2>,1"]);
  assert.deepEqual(await rows("select email from people where id = 2"), ["<EMAIL_2>"]);
  stage.rule(rules("partial"));
  assert.deepEqual(await rows(sql), ["***@******e.com,1", "***@******e.com,1"]);
  assert.equal((await rows(sql)).join().includes("ada@"), false);
  stage.rule(columnRules.replace('@id("masked")', '@id("masked") @max_rows("1")'));
  await assert.rejects(client.query("select id, email from people order by id"), /more than 1 row/);
  assert.deepEqual(await rows("select id, email from people where id = 1"), ["1,<EMAIL>"]);
});

test("what people approve is masked as the decision says, and the record of its outcome counts it", async (context) => {
  const rules = `@id("waits") @review("1 of dba") @mask("crm.people.email") @reason("It waits.")
    permit (principal, action, resource);`;
  const open = await openMaskedScene(context, postgres, columnRules);
  open.stage.rule(rules);
  open.approveAll();
  assert.deepEqual(await open.rows("select email from people where id = 1"), ["<EMAIL>"]);
  const record = open.stage.records.findLast(({ type }) => type === "execution.completed");
  assert.deepEqual(record?.body["masked"], { column: 1 });
});
