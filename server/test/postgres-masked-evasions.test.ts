/** Ways around masks of columns: by names, by what is kept, by what somebody else changes meanwhile. Against a real database. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DatabaseError } from "pg";
import { columnRules, openMaskedScene } from "./support/masked-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

test("a column of a function that is called like one of the system's is masked as what it was given", async (context) => {
  const { rows } = await openMaskedScene(context, postgres, columnRules);
  const table = "xmltable('/a' passing xmlelement(name a, p.email) columns ctid text path '.')";
  for (const output of ["x.ctid", "x.ctid || ''", "(select upper(x.ctid))"]) {
    const sql = `select ${output} from people p, ${table} x where p.id = 1`;
    assert.deepEqual(await rows(sql), ["<MASKED>"], sql);
  }
});

test("a function that is written like a column is no column, also before the catalogue tells of it", async (context) => {
  const { rows } = await openMaskedScene(context, postgres, columnRules);
  await rows("select id from orders");
  await asSuperuser(postgres, (superuser) =>
    superuser.query(
      "create function crm.mail(crm.orders) returns text language sql stable as 'select email from crm.people where id = 1'",
    ),
  );
  assert.deepEqual(await rows("select o.mail from orders o"), ["<MASKED>"]);
  assert.deepEqual(await rows("select x from (select o.mail as x from orders o) s"), ["<MASKED>"]);
});

test("no lock and no name keeps a value of a masked column to be read elsewhere", async (context) => {
  const { client, approveAll } = await openMaskedScene(context, postgres, columnRules);
  approveAll();
  const keeping = [
    "select pg_advisory_lock(ascii(email)) from people where id = 1",
    "select pg_try_advisory_xact_lock_shared(1, ascii(email)) from people where id = 1",
    "select pg_create_physical_replication_slot(email) from people where id = 1",
  ];
  for (const sql of keeping) {
    await assert.rejects(client.query(sql), /take constants and parameters alone/, sql);
  }
  const named = "select cursor_to_xml(email::refcursor, 1, false, false, '') from people";
  const error: unknown = await client.query(named).catch((thrown: unknown) => thrown);
  assert(error instanceof DatabaseError);
  assert.equal(error.message, 'cursor "<MASKED>" does not exist');
});

test("a plan shows nothing of what the functions of a view have given", async (context) => {
  const { rows, approveAll } = await openMaskedScene(context, postgres, columnRules);
  approveAll();
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`create function crm.folded() returns text language plpgsql immutable as
      'begin return (select email from crm.people where id = 1); end';
    create view crm.planned as select crm.folded() as x, id from crm.orders;
    create view crm.over_planned as select x from crm.planned;
    grant select on crm.planned, crm.over_planned to public`),
  );
  const statements = [
    "select x from planned",
    "select x from over_planned",
    "with planned as (select * from planned) select x from planned",
    "with planned as (select 1) select x from crm.planned",
  ];
  for (const sql of [...statements, "create table own_now ()", ...statements]) {
    if (sql.startsWith("create")) await rows(sql);
    const plan = await rows(`explain (verbose, costs off) ${sql.replace(/^create.*/, "select 1")}`);
    assert.equal(plan.join("\n").includes("ada@"), false, plan.join("\n"));
  }
  const shown = "explain (costs off) with o as materialized (table orders) select id from o";
  assert.equal((await rows(shown))[0], "CTE Scan on o");
  const again =
    "explain (costs off) with recursive r as (select 1 as n union all select n + 1 from r where n < 3) select n from r";
  assert.equal((await rows(again))[0], "CTE Scan on r");
});

test("a word that servers before 16 take for a column's name is traced as that column", async (context) => {
  const rules = columnRules.replaceAll("crm.parts.email", "crm.signed.system_user");
  const { rows, approveAll } = await openMaskedScene(context, postgres, rules);
  approveAll();
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`create table crm.signed ("system_user" text);
      insert into crm.signed values ('ada@example.com'); grant select on crm.signed to public`),
  );
  await rows("create table own_later ()");
  const from = "from crm.signed";
  for (const sql of [
    `select upper(system_user) ${from}`,
    `select system_user || '' ${from}`,
    `select x from (select system_user as x ${from}) s`,
  ]) {
    assert.deepEqual(await rows(sql), ["<MASKED>"], sql);
  }
});
