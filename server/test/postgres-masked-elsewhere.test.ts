/** Masks where values come from elsewhere than a table of this database, in its encoding: foreign tables, bytes that are no text, values without end. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openStage } from "#/enforcement/conformance/stage.ts";
import { catalogueAgeMaxMs } from "#/proxies/postgres/catalogue/shared-catalogue.ts";
import { encodeQuery, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { run } from "./support/extended-messages.ts";
import { columnRules, openMaskedScene, recognizerRules } from "./support/masked-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser, openMemoryStore, startPostgresGateway } from "./support/postgres-gateway.ts";
import { inShort, isReady } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

test("a foreign table is masked as a partition, by a mark of its own, and through views", async (context) => {
  const rules = columnRules.replaceAll("crm.parts.email", "crm.parts.email, crm.far.email");
  const { client, rows, stage } = await openMaskedScene(context, postgres, rules);
  const { host, port, user, password, database } = postgres;
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`
      create extension if not exists postgres_fdw;
      drop server if exists itself cascade;
      create server itself foreign data wrapper postgres_fdw
        options (host '${host}', port '${port}', dbname '${database}');
      create user mapping for public server itself options (user '${user}', password '${password}');
      create foreign table crm.far (id int, email text) server itself
        options (schema_name 'crm', table_name 'people');
      create foreign table crm.parts_far partition of crm.parts for values from (100) to (200)
        server itself options (schema_name 'crm', table_name 'people');
      create view crm.farther as select id, email as address, email || '' as made from crm.far;
      grant select on crm.far, crm.parts_far, crm.farther to ${user}`),
  );
  stage.clock.advance(catalogueAgeMaxMs + 1);
  for (const sql of [
    "select email from far where id = 1",
    "select f.email || '' from far f where id = 1",
    "select email from parts_far where id = 1",
    "select upper(email) from parts_far where id = 1",
    "select address from farther where id = 1",
    "select made from farther where id = 1",
    "select f from far f where id = 1",
    "with x as (select * from far) select email from x where id = 1",
  ]) {
    assert.match((await rows(sql)).join(), /^(<[A-Z]+>|null)$/, sql);
    assert.ok(
      !JSON.stringify(await client.query(`explain (verbose, analyze) ${sql}`)).includes("@example"),
      sql,
    );
  }
  const error: unknown = await client
    .query("select email::int from far where id = 1")
    .catch((e: unknown) => e);
  assert.ok(!JSON.stringify(error, Object.getOwnPropertyNames(error)).includes("ada@"));
});

test("in a database without an encoding the server sends no bytes that are no text, and what is text is masked", async (context) => {
  await asSuperuser(postgres, async (superuser) => {
    await superuser.query("drop database if exists bare");
    await superuser.query(
      "create database bare encoding 'SQL_ASCII' locale 'C' template template0",
    );
  });
  const superuserUrl = postgres.superuserUrl.replace(/\/[^/]*$/, "/bare");
  await asSuperuser({ superuserUrl }, (superuser) =>
    superuser.query(String.raw`
      create schema crm;
      create table crm.people (id int, email text, doc text);
      insert into crm.people values
        (1, E'\xe4da@example.com', E'4111 1111 1111 1111\xff'),
        (2, 'ada@example.com', '{"a": "ä 4111 1111 1111 1111"}');
      grant usage on schema crm to public; grant select on crm.people to public`),
  );
  for (const rules of [recognizerRules, columnRules]) {
    const stage = openStage(openMemoryStore());
    stage.rule(rules);
    const gateway = await startPostgresGateway({ ...postgres, database: "bare" }, stage);
    context.after(async () => {
      await gateway.close();
      await stage.close();
    });
    const client = await gateway.connect();
    const columns = rules === recognizerRules ? "email, doc" : "email";
    for (const [id, said] of [
      [1, "error 22021"],
      [2, "<[A-Z_]+>"],
    ] as const) {
      for (const sql of [
        `select ${columns} from crm.people where id = ${id}`,
        `select email || '' from crm.people where id = ${id}`,
        `copy (select ${columns} from crm.people where id = ${id}) to stdout`,
      ]) {
        for (const frames of [[encodeQuery(sql)], [...run(sql), syncFrame]]) {
          const answer = inShort(await client.batch(...frames)).join(" | ");
          assert.doesNotMatch(answer, /da@example|4111|1111/, sql);
          if (id === 1 || !sql.startsWith("copy")) assert.match(answer, new RegExp(said), sql);
        }
      }
    }
  }
});

test("a value of hundreds of megabytes under a mask ends the session, and is never in memory as a whole", async (context) => {
  for (const rules of [columnRules, recognizerRules]) {
    const { gateway } = await openMaskedScene(context, postgres, rules);
    const { rss } = process.memoryUsage();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss - rss);
    }, 20);
    const wire = await gateway.connect();
    wire.send(
      encodeQuery("select id, email || repeat('x', 300000000) as e from crm.people where id = 1"),
    );
    const answer = await wire.until(isReady);
    clearInterval(watch);
    assert.ok(!JSON.stringify(answer).includes("@example"));
    assert.ok(most < 150_000_000, `${most} bytes more`);
  }
});
