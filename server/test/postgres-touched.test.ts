/**
 * Which columns a read touches, against a real database: its catalogue tells what a name means, and its answers
 * tell whether a column bears on them.
 */
import assert from "node:assert/strict";
import { after, before, type TestContext, test } from "node:test";
import * as fc from "fast-check";
import { Client } from "pg";
import { readColumnMark } from "#/core/column-mark.ts";
import type { PreviewMode } from "#/core/effect.ts";
import type { Review } from "#/core/review.ts";
import { openStage } from "#/enforcement/conformance/stage.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import { type Classifier, createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { marksOn } from "#/proxies/postgres/touched/present-touching.ts";
import { readRelations } from "#/proxies/postgres/touched/read-relations.ts";
import { partsOfColumn } from "#/proxies/postgres/touched/relations.ts";
import { touchedColumns } from "#/proxies/postgres/touched/touched-columns.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import { askClient } from "./support/ask-client.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser, openMemoryStore, startPostgresGateway } from "./support/postgres-gateway.ts";
import { all, orders, reads, touchedFixtures } from "./support/touched-reads.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
let client: Client;
let ask: Ask;
let classifier: Classifier;

before(async () => {
  postgres = await startTestPostgres({ shop: false });
  client = new Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  ask = askClient(client);
  classifier = await createClassifier({ bytesMax: 1_000_000 });
});
after(async () => {
  await client.end();
  await postgres.stop();
});

interface Found {
  /** `customers.email`, sorted; a relation without any column by its name. */
  readonly touched: readonly string[];
  readonly besides: readonly string[];
}

async function touchedBy(sql: string): Promise<Found | string> {
  const trees = classifier.trees(sql);
  assert(trees !== null, sql);
  const relations = await readRelations(trees, ask, classifier);
  if (typeof relations === "string") return relations;
  const found = touchedColumns(trees, relations);
  if (found.kind === "unknown") return found.reason;
  const names = new Map([...found.relations].map(({ oid, name }) => [oid, name]));
  const columns = [...found.columns].map((column) => {
    const { oid, name } = partsOfColumn(column);
    return `${names.get(oid)}.${name}`;
  });
  const bare = [...names.values()].filter(
    (name) => !columns.some((each) => each.startsWith(`${name}.`)),
  );
  const short = (name: string) => name.replace(/^t\./, "");
  return { touched: [...columns, ...bare].map(short).toSorted(), besides: found.besides };
}

test("a read touches the columns that it returns, filters, joins, groups and sorts by, and no others", async () => {
  await client.query(touchedFixtures);
  for (const [sql, touched] of reads) {
    const found = await touchedBy(sql);
    assert.deepEqual(typeof found === "string" ? found : found.touched, touched.toSorted(), sql);
  }
});

test("a column that is not named bears on no answer", async () => {
  const tables: Readonly<Record<string, readonly string[]>> = {
    customers: all("customers", "age email id name region_id status"),
    orders,
    regions: all("regions", "id name secret"),
    payments_1: all("payments_1", "card id"),
  };
  for (const [sql] of reads) {
    if (!/^(select|with|table|values)/.test(sql) || /ctid|kept/.test(sql)) continue;
    await client.query(touchedFixtures);
    const found = await touchedBy(sql);
    assert(typeof found !== "string");
    const answer = sorted(await ask(sql));
    for (const [table, columns] of Object.entries(tables)) {
      const named = found.touched.map((each) => each.replace(/^payments\./, "payments_1."));
      const others = columns.filter((column) => !named.includes(column));
      if (others.length === 0) continue;
      await change(table, others);
    }
    assert.deepEqual(sorted(await ask(sql)), answer, sql);
  }
});

/** The order of rows that are moved by an UPDATE is not the statement's. */
function sorted(rows: Awaited<ReturnType<Ask>>): readonly string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

/** Queries that are valid, out of parts that see one another's columns in every way. */
const wildReads: fc.Arbitrary<string> = fc
  .record({
    outer: fc.constantFrom(
      "*",
      "a.*",
      "a.id",
      "a.name, b.id",
      "count(*)",
      "b",
      "a.id, b.*",
      "max(b.name)",
    ),
    left: fc.constantFrom(
      "customers",
      "active",
      "either",
      "(select * from customers) ",
      "regions",
      "deep",
    ),
    right: fc.constantFrom(
      "orders",
      "(select id, note as name from orders)",
      "(select distinct id, name from customers)",
      "(select id, name from customers union select id, secret from regions)",
      "(select id, name from customers union all select id, secret from regions)",
      "(with w as (select * from customers) select w.id, w.email as name from w)",
      "(select c.id, (select max(o.note) from orders o where o.customer_id = c.id) as name from customers c)",
      "(select c.id, l.name from customers c, lateral (select r.name from regions r where r.id = c.region_id) l)",
    ),
    join: fc.constantFrom(
      "on a.id = b.id",
      "using (id)",
      "on true",
      "on a.id < b.id and length(a.id::text) > 0",
    ),
    where: fc.constantFrom(
      "",
      "where a.id > 1",
      "where exists (select * from orders o where o.customer_id = a.id)",
      "where b.id in (select customer_id from orders where status = 'new')",
      "where not exists (select from regions r where r.secret = a::text)",
    ),
  })
  .map(({ outer, left, right, join, where }) => {
    // `orders` has no name, and neither has `deep`: then it is not asked for.
    const isNamed = right !== "orders" && left !== "deep";
    const what = !isNamed && outer.includes("name") ? "a.id" : outer;
    return `select ${what} from ${left} as a join ${right} as b ${join} ${where}`;
  });

test("whatever is read together, a column that is not named bears on no answer", async () => {
  await client.query(touchedFixtures);
  const tables: Readonly<Record<string, readonly string[]>> = {
    customers: all("customers", "age email id name region_id status"),
    orders,
    regions: all("regions", "id name secret"),
  };
  await fc.assert(
    fc.asyncProperty(wildReads, async (sql) => {
      await client.query("begin");
      try {
        const found = await touchedBy(sql);
        assert(typeof found !== "string", sql);
        const answer = sorted(await ask(sql));
        for (const [table, columns] of Object.entries(tables)) {
          const others = columns.filter((column) => !found.touched.includes(column));
          if (others.length > 0) await change(table, others);
        }
        assert.deepEqual(sorted(await ask(sql)), answer, `${sql}: ${found.touched.join()}`);
      } finally {
        await client.query("rollback");
      }
    }),
    { numRuns: 150 },
  );
});

async function change(table: string, columns: readonly string[]): Promise<void> {
  const changes = columns.map((column) => {
    const name = column.slice(column.indexOf(".") + 1);
    const isNumber = /^(age|id|region_id|customer_id|total)$/.test(name);
    return isNumber ? `${name} = 1000 - ${name}` : `${name} = 'changed ' || ctid::text`;
  });
  await client.query(`update ${table} set ${changes.join(", ")}`);
}

test("whatever is named, the database asks for the right to read it, too", async () => {
  await client.query(`${touchedFixtures}; drop role if exists reader; create role reader;
    grant usage on schema t, evil to reader`);
  for (const [sql, touched] of reads) {
    if (!/^(select|with|table)/.test(sql) || touched.length === 0) continue;
    for (const column of touched) {
      const [table = "", name] = column.replace(/^evil\./, "evil~").split(".");
      const isDirect = new RegExp(`\\b${table.replace("evil~", "")}\\b`).test(sql);
      // What is behind a view is read by its owner's right; the server asks for none of what generates a column.
      if (
        !isDirect ||
        name === undefined ||
        table.includes("~") ||
        /older|customers as \(/.test(sql)
      )
        continue;
      await client.query(`begin; grant select on all tables in schema t, evil to reader;
        revoke select on t.${table} from reader`);
      const others = await ask(
        `select string_agg(attname, ',') from pg_attribute where attrelid = 't.${table}'::regclass
          and attnum > 0 and attname <> $1`,
        [name],
      );
      await client.query(
        `grant select (${others[0]?.[0] ?? ""}) on t.${table} to reader; set role reader`,
      );
      await assert.rejects(client.query(sql), { code: "42501" }, `${column}: ${sql}`);
      await client.query("rollback");
    }
  }
  await client.query("drop owned by reader; drop role reader");
});

test("names mean what they mean along the session's search path", async () => {
  await client.query(touchedFixtures);
  await client.query("set search_path to evil, t");
  const found = await touchedBy("select name from customers");
  assert(typeof found !== "string");
  assert.deepEqual(found.touched, ["evil.customers.name", "regions.secret"]);
  await client.query("set search_path to t");
});

test("what can't be told is not guessed", async () => {
  await client.query(touchedFixtures);
  for (const sql of [
    "select nothing from customers",
    "select id from no_such_table",
    "execute p",
    "fetch all from c",
    "with recursive a as (select * from b), b as (select 1) select * from a",
    "select * from customers natural join generate_series(1, 2) as g",
    `select ${"(".repeat(200)}id${" + 1)".repeat(200)} from customers where ${"not ".repeat(500)} true`,
  ]) {
    assert.equal(typeof (await touchedBy(sql)), "string", sql.slice(0, 80));
  }
  await client.query("create temporary table regions (id int)");
  const found = await touchedBy("select id from regions");
  assert(typeof found === "string");
  assert.match(found, /temporary table/);
  await client.query("drop table pg_temp.regions");
});

test("row security is said to look at more", async () => {
  await client.query(`${touchedFixtures}; alter table customers enable row level security`);
  const found = await touchedBy("select id from customers");
  assert(typeof found !== "string");
  assert.deepEqual(found.besides, ["Row security of a relation may look at more."]);
});

const readsWait = `
  @id("reads-wait") @review("1 of dba") @reason("Reads wait.")
  permit (principal, action == Countersign::Action::"sql.read", resource);
  @id("the-rest-runs") @reason("It runs.")
  permit (
    principal,
    action in [Countersign::Action::"sql.write", Countersign::Action::"sql.admin"],
    resource
  );`;

async function heldRead(
  context: TestContext,
  sql: string,
  preview: PreviewMode = "estimate",
  { made = "", set = "" } = {},
) {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`drop schema if exists t cascade; ${touchedFixtures.replace("drop schema if exists t cascade;", "")};
      ${made}
      grant usage on schema t, evil to ${postgres.user};
      grant select on all tables in schema t, evil to ${postgres.user}`),
  );
  const stage = openStage(openMemoryStore());
  stage.rule(readsWait);
  const gateway = await startPostgresGateway(postgres, stage, {
    preview,
    sensitive: ["t.customers.email", "*.payments.*"],
  });
  context.after(async () => {
    await gateway.close();
    await stage.close();
  });
  const connected = await gateway.connect();
  if (set !== "") await connected.query(set);
  connected.send(encodeQuery(sql));
  const held = await stage.until(() => [...stage.reviews.values()][0]);
  const known = (isWanted: (review: Review) => boolean) =>
    stage.until(() => {
      const review = stage.reviews.get(held.id);
      return review !== undefined && isWanted(review) && review;
    });
  return { stage, gateway, client: connected, known };
}

test("a held read says on its review what it touches and what of that is marked, on record, and then runs", async (context) => {
  const scene = await heldRead(context, "select id, mail from t.active order by id");
  const review = await scene.known(({ touched }) => touched !== null);
  assert.deepEqual(review.touched?.relations, [
    {
      name: "t.customers",
      isView: false,
      columns: [
        { name: "email", sensitive: true },
        { name: "id", sensitive: false },
        { name: "status", sensitive: false },
      ],
      columnsMore: 0,
    },
    {
      name: "t.active",
      isView: true,
      columns: [
        { name: "id", sensitive: false },
        { name: "mail", sensitive: false },
      ],
      columnsMore: 0,
    },
  ]);
  assert.deepEqual(review.touched.besides, []);
  const noted = scene.stage.records.find(({ type }) => type === "review.touched_noted");
  assert.deepEqual([noted?.body["relations"], noted?.body["sensitive"]], [2, 1]);
  const looks = scene.stage.records.filter(
    ({ type, payload }) =>
      type === "action.allowed" && JSON.stringify(payload).includes("read_columns"),
  );
  assert.equal(looks.length, 1);
  await scene.stage.give(review, "ada");
  const messages = inShort(await scene.client.until(isReady));
  assert.deepEqual(messages.slice(-4), ["row 1,a@x", "row 3,c@x", "tag SELECT 2", "ready idle"]);
});

test("a mark on a table holds for its partitions, and one on a partition for the whole", async () => {
  const relation = { name: "t.payments_1", kin: ["t.payments"] };
  const whole = { name: "t.payments", kin: ["t.payments_1"] };
  const marks = ["t.payments.card", "*.payments_1.*", "u.payments.card"].map(readColumnMark);
  assert.deepEqual(marksOn(relation, marks), marks.slice(0, 2));
  assert.deepEqual(marksOn(whole, marks), marks.slice(0, 2));
});

test("a session whose meaning another can't take over leaves it unknown, and so do temporary tables", async (context) => {
  const scene = await heldRead(context, "select currval('t.numbers'), id from t.orders");
  const { touched } = await scene.known((review) => review.touched !== null);
  assert.equal(touched?.relations, null);
  assert.match(touched?.besides[0] ?? "", /its own session/);
});

test("a view that asks for a setting of the session's own is looked into with its value", async (context) => {
  const made =
    "create view t.mine as select id from t.customers where status = current_setting('app.status', true);";
  const set = "set app.status = 'active'";
  const scene = await heldRead(context, "select id from t.mine", "estimate", { made, set });
  const { touched } = await scene.known((review) => review.touched !== null);
  assert.deepEqual(
    touched?.relations?.map(({ name }) => name),
    ["t.customers", "t.mine"],
  );
});

test("where a connection lets nothing be found out, nothing is looked up", async (context) => {
  const scene = await heldRead(context, "select id from t.orders", "none");
  const review = await scene.known(({ state }) => state === "pending");
  await scene.stage.give(review, "ada");
  await scene.client.until(isReady);
  assert.equal(scene.stage.reviews.get(review.id)?.touched, null);
  assert.ok(!scene.stage.records.some(({ type }) => type === "review.touched_noted"));
});
