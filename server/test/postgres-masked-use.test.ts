/**
 * Whether a statement uses a masked column otherwise than to return it, and where the outputs of a query come from, against
 * a real database: its own descriptions and answers tell whether that is so.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import { Client } from "pg";
import { readColumnMark } from "#/core/column-mark.ts";
import type { Ask } from "#/proxies/postgres/ask.ts";
import { readCatalogue } from "#/proxies/postgres/catalogue/read-catalogue.ts";
import { knownAlong } from "#/proxies/postgres/masked-use/known-relations.ts";
import { maskedUseOf } from "#/proxies/postgres/masked-use/masked-use.ts";
import { type Classifier, createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { parseSearchPath } from "#/proxies/postgres/sql/search-path.ts";
import { partOf } from "#/proxies/postgres/touched/node.ts";
import { outputColumns } from "#/proxies/postgres/touched/output-columns.ts";
import { partsOfColumn } from "#/proxies/postgres/touched/relations.ts";
import { askClient } from "./support/ask-client.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";

let postgres: TestPostgres;
let client: Client;
let ask: Ask;
let classifier: Classifier;

const fixtures = `
  drop schema if exists t cascade; create schema t; set search_path to t;
  create table regions (id int primary key, name text, secret text);
  create table customers (id int primary key, name text, email text unique, status text, region_id int,
    domain text generated always as (split_part(email, '@', 2)) stored);
  create table orders (id int primary key, customer_id int, total int, note text);
  create table payments (id int, card text, taken int) partition by range (taken);
  create table payments_1 partition of payments for values from (0) to (1000);
  create table archive (id int, email text);
  create type pair as (a int, b text);
  create view active as select id, name, email as mail from customers where status = 'on';
  create view shouting as select id, upper(email) as mail from customers;
  create view deep as select a.id, a.mail, o.total from active a join orders o on o.customer_id = a.id;
  create view told as select id, t.tell(id) as mail from orders;
  create materialized view kept as select id, email from customers;
  insert into regions values (1, 'north', 's1'), (2, 'south', 's2');
  insert into customers values (1, 'ann', 'a@x', 'on', 1), (2, 'ben', 'b@x', 'off', 2), (3, 'cat', 'c@x', 'on', 2);
  insert into orders values (1, 1, 10, 'n1'), (2, 1, 20, 'n2'), (3, 3, 30, 'n3');
  insert into payments values (1, 'c1', 1), (2, 'c2', 2);
  refresh materialized view kept;
  analyze customers`;
const tell = `drop schema if exists t cascade; create schema t; create table t.customers (id int, email text);
  create function t.tell(int) returns text language sql stable as 'select email from t.customers where id = $1'`;

before(async () => {
  postgres = await startTestPostgres({ shop: false });
  client = new Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  ask = askClient(client);
  classifier = await createClassifier({ bytesMax: 4_000_000 });
  await client.query(tell);
  await client.query(
    fixtures
      .replace("drop schema if exists t cascade; create schema t;", "drop table t.customers;")
      .replace(/^/, ""),
  );
});
after(async () => {
  await client.end();
  await postgres.stop();
});

const masked = {
  targets: [{ schema: "t", table: "customers", column: "email" }],
  marks: [readColumnMark("t.payments.card")],
};

async function isUsed(sql: string): Promise<boolean> {
  const { relations, ownNames } = await readCatalogue(ask, "postgres");
  const searchPath = await pathNow();
  const source = { relations, ownNames, masked, searchPath, classifier };
  return maskedUseOf(classifier.classify(sql), source).isUsed;
}

async function pathNow(): Promise<readonly string[]> {
  const [path] = await ask("show search_path");
  return parseSearchPath(path?.[0] ?? "", "postgres");
}

/** For each output of a query the columns behind it, as `customers.email`; null where they can't be told. */
async function outputsOf(sql: string): Promise<readonly (readonly string[])[] | null> {
  const { relations: known } = await readCatalogue(ask, "postgres");
  assert(typeof known !== "string");
  const [tree] = classifier.trees(sql) ?? [];
  const select = partOf(tree?.stmt, "SelectStmt");
  const relations = knownAlong(known, await pathNow(), classifier);
  const outputs = select === null ? null : outputColumns(select, relations, "statement");
  if (outputs === null) return null;
  return outputs.map(({ columns }) =>
    [...columns].map((column) => {
      const { oid, name } = partsOfColumn(column);
      return `${known.kin.get(oid)?.[0].name}.${name}`;
    }),
  );
}

/** What is returned as it is, or made of nothing masked: no use. */
const returning: readonly string[] = [
  "create table refers (id int references customers (id), up int references refers)",
  "select 1, 'x', $1::int, now()",
  "select email from customers",
  "select id, email as note from customers c where id = 1 order by id",
  "select c.email, name from customers c",
  "select t.customers.email from customers",
  "select * from customers",
  "select x from (select email as x, id from customers) s",
  "select b from (select id, email from customers) s (a, b)",
  "with c as (select id, email from customers) select email, id + 1 from c",
  "with c (a, b) as materialized (table customers) select b, a from c",
  "select email from customers union all select 'none'",
  "select id, email from customers union all select id, name from regions",
  "with recursive up as (select id, email from customers union all select o.id, up.email from up join orders o on o.customer_id = up.id and o.id < up.id) select email from up",
  "select c.* from customers c join orders o using (id)",
  "select * from orders join regions using (id)",
  "select * from orders natural join regions r join payments p using (id)",
  "select * from (orders o join regions r using (id)) as j (i, c)",
  "select u.id from orders join regions using (id) as u",
  "select upper(name), count(*) from customers group by name",
  "select case when id > 1 then name end from customers",
  "select (select max(total) from orders o where o.customer_id = c.id), email from customers c",
  "select id from customers where exists (select from orders where customer_id = customers.id)",
  "select g from generate_series(1, 3) as g",
  "select * from generate_series(1, 3)",
  "select card from payments",
  "select card, id from payments_1",
  "select domain from customers",
  "select mail from active",
  "select id, mail from shouting",
  "select mail, id from deep",
  "select mail from told",
  "select email from kept",
  "select most_common_vals from pg_stats",
  "select relname from pg_class",
  "select table_name from information_schema.tables",
  "values (1, 'a')",
  "explain select email from customers",
  "declare c cursor for select email from customers",
  "copy customers (email, id) to stdout",
  "copy customers to stdout",
  "copy (select id, email from customers) to stdout",
  "insert into customers (id, email) values (9, 'z@x') returning id, email",
  "insert into archive values (1, 'x')",
  "insert into customers (id, email) values (1, 'q@x') on conflict (id) do update set email = excluded.email returning *",
  "update customers set email = 'n@x', name = 'n' where id = 1 returning email",
  "update customers set email = default where id = 1",
  "delete from customers where id = 1 returning name, email",
  "with d as (delete from customers where id = 1 returning id, email) select email from d",
  "with customers as (select 1 as id) update customers set name = 'x' where id = 3 returning email",
  "merge into customers c using orders o on o.id = c.id when matched then update set name = o.note",
  "vacuum customers",
  "truncate customers",
  "begin",
];

test("a masked column that is only returned is no masked use", async () => {
  const found: string[] = [];
  for (const sql of returning) if (await isUsed(sql)) found.push(sql);
  assert.deepEqual(found, []);
});

/** Everything else that can be done with a masked column. */
const uses: readonly string[] = [
  "select email into copied from customers union all select 'x'",
  "create table refers (e text references customers (email))",
  "create table refers (e text, foreign key (e) references customers (email))",
  "create table refers (id int references customers)",
  "create table payments_2 partition of payments for values from (1000) to (2000)",
  "insert into customers (id, email) values (9, 'a@x') on conflict do nothing",
  "select id from customers where email = 'a@x'",
  "select id from customers where (id, email) = (1, 'a@x')",
  "select id from customers where customers = (1, 'ann', 'a@x', 'on', 1)",
  "select id from customers order by email",
  "select id, email from customers order by 2",
  "select email as e from customers order by e",
  "select distinct email from customers",
  "select distinct on (email) id from customers",
  "select count(*) from customers group by email",
  "select email, count(*) from customers group by 1",
  "select count(*) from customers having max(email) > 'b'",
  "select rank() over (order by email) from customers",
  "select sum(id) over w from customers window w as (partition by email)",
  "select upper(email) from customers",
  "select email || '' from customers",
  "select email::varchar from customers",
  'select email collate "C" from customers',
  "select email is null from customers",
  "select case when email > 'b' then 1 end from customers",
  "select coalesce(email, '') from customers",
  "select array[email] from customers",
  "select row(email) from customers",
  "select max(email) from customers",
  "select string_agg(email, ',') from customers",
  "select count(*) filter (where email > 'b') from customers",
  "select c from customers c",
  "select customers from customers",
  "select (c).email from customers c",
  "select (c).* from customers c",
  "select row_to_json(c) from customers c",
  "select to_jsonb(c) -> 'email' from customers c",
  "select to_jsonb(c) #>> '{email}' from customers c",
  "select jsonb_path_query(to_jsonb(c), '$.email') from customers c",
  "select row(c.*) from customers c",
  "select array_agg(c) from customers c",
  "select json_build_object('e', s.e) from (select email as e from customers) s",
  "select (select email from customers where id = 1)",
  "select array(select email from customers)",
  "select id from orders where note in (select email from customers)",
  "select id from orders where exists (select from customers where email = note)",
  "select o.id from orders o join customers c on c.email = o.note",
  "select o.id from archive o join customers c using (email)",
  "select 1 from archive natural join customers",
  "select l.x from customers c, lateral (select c.email || 'x' as x) l",
  "select w from customers c, regexp_split_to_table(c.email, '@') as w",
  "select k from customers c, jsonb_each_text(to_jsonb(c)) as e (k, v)",
  "select id from customers limit (select length(email) from customers where id = 1)",
  "select email from customers union select 'x'",
  "select email from customers except select 'x'",
  "with c as (select lower(email) as e from customers) select e from c",
  "with c as (select email from customers) select id from archive where email in (table c)",
  "with recursive r as (select email as e from customers union select e || 'x' from r where length(e) < 5) select e from r",
  "select id from customers where domain = 'x'",
  "select id from shouting where mail = 'A@X'",
  "select id from active where mail = 'a@x'",
  "select count(*) from deep group by mail",
  "select id from told where mail = 'a@x'",
  "select mail from told order by mail",
  "select email from kept order by email",
  "select most_common_vals from pg_stats where tablename = 'customers'",
  "select s from pg_catalog.pg_statistic s",
  "select card from payments where card > 'c'",
  "select id from payments_1 order by card",
  "insert into archive select id, email from customers",
  "insert into archive (id, email) values (1, (select email from customers where id = 1))",
  "insert into customers (id, email) values (7, 'a@x') on conflict (email) do nothing",
  "insert into customers (id, email) values (7, 'a@x') on conflict on constraint customers_email_key do nothing",
  "insert into customers as c (id) values (1) on conflict (id) do update set name = c.email",
  "insert into customers as c (id) values (1) on conflict (id) do update set name = 'x' where c.email > 'b'",
  "insert into customers (id) values (8) returning upper(email)",
  "update customers set name = email",
  "update customers set (name, status) = (select email, 'x' from customers where id = 1)",
  "update customers set email = email || 'x'",
  "update customers set name = 'x' where email = 'a@x'",
  "update orders o set note = c.email from customers c where c.id = o.customer_id",
  "update customers set name = 'x' returning email || 'x'",
  "delete from customers where email = 'a@x'",
  "delete from orders using customers c where c.email = note",
  "delete from customers returning customers",
  "merge into orders o using customers c on c.email = o.note when matched then delete",
  "merge into orders o using customers c on c.id = o.customer_id when matched then update set note = c.email",
  "merge into orders o using customers c on c.id = o.id when matched and c.email > 'b' then delete",
  "merge into archive a using customers c on a.id = c.id when not matched then insert values (c.id, c.email)",
  "with d as (delete from customers returning email) insert into archive select 1, email from d",
  "create table copied as select * from customers",
  "create table copied as table customers",
  "select email into copied from customers",
  "create view seen as select email from customers",
  "create materialized view seen as select email from customers",
  "create temp table copied as select email from customers",
  "create index on customers (lower(email))",
  "alter table customers add check (email like '%@%')",
  "alter table customers alter email type varchar using lower(email)",
  "create policy p on customers using (email = 'a@x')",
  "create statistics s on name, email from customers",
  "create trigger r after update on customers for each row when (old.email <> new.email) execute function f()",
  "alter table payments detach partition payments_1",
  "select pg_notify('x', (select email from customers where id = 1))",
  "select set_config('x.y', email, false) from customers",
  "create function leak() returns setof text language sql as 'select email from t.customers'",
  "create rule r as on insert to orders do also update customers set name = email",
  "copy customers to '/tmp/x'",
  "copy (select email from customers) to program 'cat'",
  "copy (select upper(email) from customers) to stdout",
  "declare c cursor for select id from customers order by email",
  "prepare p as select id from customers where email = $1",
  "explain select id from customers where email = 'a@x'",
  "explain analyze select id from customers order by email",
  "select email from customers; select id from customers where email > 'b'",
  "select nothing from customers",
  "do $$ begin perform 1; end $$",
  "select tell(1)",
  "select * from customers natural join generate_series(1, 3) as id",
];

test("a masked column that is used for anything but to be returned is a masked use", async () => {
  const missed: string[] = [];
  for (const sql of uses) if (!(await isUsed(sql))) missed.push(sql);
  assert.deepEqual(missed, []);
});

test("what touches no masked column is no masked use, whatever it does", async () => {
  const found: string[] = [];
  for (const sql of [
    "select id from customers where name = 'ann' order by status",
    "select upper(name) from customers group by name",
    "create table copied as select id, name from customers",
    "insert into archive select id, note from orders",
    "update customers set name = upper(name) where id = 1 returning id",
    "select nothing from orders",
    "select o from orders o",
    "create index on orders (lower(note))",
    "select id from told where id = 1",
    "select id from (select * from customers) s",
    "select id from (select id, upper(email) from customers) s",
    "select count(*) from customers",
    "explain analyze select id from customers",
    "merge into orders o using regions r on r.id = o.id when matched then update set note = r.secret",
    "set work_mem = '1MB'",
    "create table fresh (id int, email text)",
    "",
  ]) {
    if (await isUsed(sql)) found.push(sql);
  }
  assert.deepEqual(found, []);
});

test("the server describes as many outputs, of the same columns where it knows them", async () => {
  const statements = [...returning, ...uses].filter((sql) =>
    /^(select|with|table|values)/.test(sql),
  );
  let compared = 0;
  for (const sql of statements) {
    if (/customers = |nothing| into copied|\$1|tell\(|; /.test(sql)) continue;
    const outputs = await outputsOf(sql);
    if (outputs === null) continue;
    await client.query("begin");
    const { fields } = await client.query({ text: sql, rowMode: "array" });
    await client.query("rollback");
    assert.equal(outputs.length, fields.length, sql);
    for (const [at, { tableID, columnID }] of fields.entries()) {
      // A whole row is no column.
      if (tableID === 0 || columnID === 0) continue;
      const [named] = await ask(
        "select relname, attname from pg_attribute join pg_class c on c.oid = attrelid where attrelid = $1 and attnum = $2",
        [String(tableID), String(columnID)],
      );
      const name = `${named?.[0]}.${named?.[1]}`;
      assert(outputs[at]?.includes(name), `${sql}: ${at} is ${name}`);
      compared += 1;
    }
  }
  assert(compared > 30, "the server names columns");
});

const parts = {
  value: fc.constantFrom(
    "email",
    "upper(email)",
    "name",
    "id::text",
    "coalesce(name, email)",
    "(select max(c2.email) from customers c2)",
  ),
  from: fc.constantFrom(
    "customers",
    "(select id, email, name from customers union all select id, note, note from orders)",
    "(select id, name as email, email as name from customers)",
    "(with w (id, name, email) as (select id, email, name from customers) select * from w)",
    "(select c.id, o.note as name, c.email from customers c left join orders o using (id))",
    "(select id, mail as email, name from active)",
    "(select s.* from customers c, lateral (select c.id, c.name as email, c.email as name) s)",
    "(select id, mail as email, mail as name from shouting)",
    "(values (1, 'v', 'w')) v (id, email, name) cross join (select 1 as one)",
  ),
};

test("an output that is said not to come from a column does not change with it", async () => {
  const wild = fc.record({
    values: fc.array(parts.value, { minLength: 1, maxLength: 4 }),
    from: parts.from,
  });
  await fc.assert(
    fc.asyncProperty(wild, async ({ values, from }) => {
      const sql = `select ${values.map((value, at) => `a.v${at}`).join(", ")} from (select ${values
        .map((value, at) => `${value} as v${at}`)
        .join(", ")} from ${from} as b) as a`;
      const outputs = await outputsOf(sql);
      assert(outputs !== null, sql);
      await client.query("begin");
      try {
        const answer = await ask(sql);
        await client.query("update customers set email = 'changed ' || id");
        const changed = await ask(sql);
        for (const [at, columns] of outputs.entries()) {
          if (columns.includes("customers.email")) continue;
          const column = (rows: typeof answer) =>
            rows.map((row) => String(row[at])).toSorted((a, b) => (a < b ? -1 : 1));
          assert.deepEqual(column(changed), column(answer), `${sql}: ${at} is ${columns.join()}`);
        }
      } finally {
        await client.query("rollback");
      }
    }),
    { numRuns: 100 },
  );
});
