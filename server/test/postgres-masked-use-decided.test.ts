/** Policies decide by whether a masked column is used, through the gateway: in every way in which a statement comes. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DatabaseError } from "pg";
import type { Ask } from "#/proxies/postgres/ask.ts";
import { readCatalogue } from "#/proxies/postgres/catalogue/read-catalogue.ts";
import { catalogueAgeMaxMs } from "#/proxies/postgres/catalogue/shared-catalogue.ts";
import { encodeExecute, syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { bind, parse } from "./support/extended-messages.ts";
import { openMaskedScene } from "./support/masked-scene.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";
import { asSuperuser } from "./support/postgres-gateway.ts";
import { inShort } from "./support/wire-client.ts";

let postgres: TestPostgres;
before(async () => {
  postgres = await startTestPostgres({ shop: false });
});
after(() => postgres.stop());

const permits = (mask: string) => `
  @id("runs") ${mask} permit (principal, action in Countersign::Action::"sql", resource);
  @id("the-rest-waits") @review("1 of dba") permit (principal, action, resource)
  unless { action in Countersign::Action::"sql" };`;
const noUse = `@id("no-use") @reason("It may be returned, and no more.")
  forbid (principal, action in Countersign::Action::"sql", resource) when { context.maskedUse };`;
const rules = permits('@mask("crm.people.email")') + noUse;

function isForbidden(error: unknown): boolean {
  assert(error instanceof DatabaseError, String(error));
  assert.equal(error.code, "42501");
  assert.match(error.message, /It may be returned, and no more/);
  return true;
}

test("a number that names no output is not what the same statement is remembered by under another number", async (context) => {
  const { client } = await openMaskedScene(context, postgres, rules);
  for (const [at, number] of ["0", "99999999999", "1", "00"].entries()) {
    for (const text of [
      "select id, email from people order by N",
      "select distinct on (N) id, email from people",
      "select id, email from people group by id, N",
      "select id, email from people union all select id, email from people order by N",
    ]) {
      // A text of its own for each number.
      const named = text.replace("people", `people as p${at}`);
      await client.query(named.replace("N", number)).catch(() => {});
      await assert.rejects(
        client.query(named.replace("N", "2")),
        isForbidden,
        `${number}: ${text}`,
      );
    }
  }
});

test("what returns a masked column runs, and what asks by it is forbidden, whichever protocol it comes by", async (context) => {
  const { client, rows } = await openMaskedScene(context, postgres, rules);
  assert.deepEqual(await rows("select id from people where id < 3 order by id"), ["1", "2"]);
  assert.deepEqual(await rows("select email from people where id = 3"), ["null"]);
  await client.query("update people set email = 'new@example.com' where id = 2");
  await client.query({ text: "select email from people where id = $1", values: [1] });
  await client.query({
    name: "named",
    text: "select email from people where id = $1",
    values: [1],
  });
  await client.query("prepare p as select email from people where id = $1; execute p (1)");
  for (const text of [
    "select id from people where email = 'ada@example.com'",
    "select id, email from people order by 2",
    "select id from contacts order by address",
    "select 1; select id from people where email > 'b'",
    "prepare q as select id from people where email = $1",
    "declare c cursor with hold for select id from people order by email",
    "explain select id from people where email = 'ada@example.com'",
    "copy (select upper(email) from people) to stdout",
    "update people set note = email",
    "insert into orders select id, length(email) from people",
  ]) {
    await assert.rejects(client.query(text), isForbidden, text);
  }
  const text = "select id from people where email = $1";
  await assert.rejects(client.query({ text, values: ["ada@example.com"] }), isForbidden);
  await assert.rejects(client.query({ name: "asks", text, values: ["x"] }), isForbidden);
});

test("texts that differ in constants only are told apart where a constant says which output is meant", async (context) => {
  const { client, rows } = await openMaskedScene(context, postgres, rules);
  for (let round = 0; round < 3; round += 1) {
    assert.deepEqual(await rows("select id, email from people where id = 3 order by 1"), [
      "3,null",
    ]);
    const text = "select id, email from people where id = 3 order by 2";
    await assert.rejects(client.query(text), isForbidden);
    assert.deepEqual(await rows(`select id from people where id = ${round + 1}`), [`${round + 1}`]);
  }
});

test("what a session has redefined is known to it again when its transaction has ended, and not before", async (context) => {
  const { client, rows, approveAll } = await openMaskedScene(context, postgres, rules);
  approveAll();
  await client.query("begin");
  await client.query("create table fresh (id int, mail text)");
  await assert.rejects(client.query("select id from people where id = 1"), isForbidden);
  await client.query("rollback");
  await client.query("create table fresh (id int, mail text)");
  assert.deepEqual(await rows("select id from people where id = 1"), ["1"]);
  assert.deepEqual(await rows("select id from fresh where mail = 'x'"), []);
  await client.query("alter table people rename email to address");
  await client.query("alter table people rename note to email");
  await assert.rejects(client.query("select id from people where email = 'x'"), isForbidden);
  assert.deepEqual(await rows("select id from people where address = 'x'"), []);
});

test("names mean what they mean along the session's search path", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`create schema other; create table other.people (id int, email text);
      grant usage on schema other to ${postgres.user}; grant select on other.people to ${postgres.user}`),
  );
  const { client, rows, approveAll } = await openMaskedScene(context, postgres, rules);
  approveAll();
  await client.query("set search_path to other, crm");
  assert.deepEqual(await rows("select id from people where email = 'x'"), []);
  await client.query("set search_path to crm, other");
  await assert.rejects(client.query("select id from people where email = 'x'"), isForbidden);
  await asSuperuser(postgres, (superuser) => superuser.query("drop schema other cascade"));
});

test("what was prepared means what it is judged by, also where a relation comes before its own since", async (context) => {
  await asSuperuser(postgres, (superuser) =>
    superuser.query(`create schema other; grant usage on schema other to ${postgres.user}`),
  );
  context.after(() =>
    asSuperuser(postgres, (superuser) => superuser.query("drop schema other cascade")),
  );
  const asks = `@id("use-waits") @review("1 of dba") permit (principal, action in Countersign::Action::"sql", resource)
    when { context.maskedUse };`;
  const { wire, stage, gateway, approveAll } = await openMaskedScene(
    context,
    postgres,
    permits('@mask("crm.people.email")') + asks,
  );
  const text = "select id from people where email = $1";
  const address = ["ada@example.com"];
  const execute = [bind(address, "", "named"), encodeExecute(""), syncFrame];
  approveAll();
  await wire.query("set search_path to other, crm");
  await wire.query(`prepare q (text) as ${text}`);
  await wire.batch(parse(text, "named"), syncFrame);
  const earlier = ["row 1", "tag SELECT 1"];
  assert.deepEqual(inShort(await wire.batch(...execute)).slice(-3, -1), earlier);
  assert.equal(stage.reviews.size, 2);

  await asSuperuser(postgres, (superuser) =>
    superuser.query(`create table other.people (id int, email text);
      insert into other.people values (7, 'ada@example.com');
      grant select on other.people to ${postgres.user}`),
  );
  stage.clock.advance(catalogueAgeMaxMs + 1);
  const own = ["row 7", "tag SELECT 1"];
  assert.deepEqual(inShort(await wire.batch(...execute)).slice(-3, -1), own);
  const answer = inShort(await wire.query("execute q ('ada@example.com')"));
  assert.deepEqual(answer.slice(-3, -1), own);
  assert.equal(stage.reviews.size, 2);
  assert.equal(gateway.tap.sent.filter((sql) => sql === "discard plans").length, 1);
});

test("a column that is marked as sensitive counts without any mask, and nothing counts where there is neither", async (context) => {
  const marked = await openMaskedScene(context, postgres, permits("") + noUse, {
    sensitive: ["crm.people.email"],
  });
  const text = "select id from people where email = 'ada@example.com'";
  await assert.rejects(marked.client.query(text), isForbidden);
  const clear = await openMaskedScene(context, postgres, permits('@mask("email")') + noUse);
  assert.deepEqual(await clear.rows("select id from people where email = 'none'"), []);
});

test("a policy that masks on another connection only says nothing of this one", async (context) => {
  const elsewhere = `@id("other") @mask("crm.people.email")
    permit (principal, action == Countersign::Action::"sql.read", resource == Countersign::Connection::"ledger");
    @id("near") @mask("crm.people.note") permit (principal, action == Countersign::Action::"sql.read",
      resource in Countersign::Environment::"test") when { context.statements == 7 };`;
  const { client, rows } = await openMaskedScene(
    context,
    postgres,
    permits("") + elsewhere + noUse,
  );
  assert.deepEqual(await rows("select id from people where email = 'none'"), []);
  await assert.rejects(client.query("select id from people where note = 'x'"), isForbidden);
});

test("where nothing is masked by column, the catalogue is not asked for columns", async () => {
  const asked: string[] = [];
  const ask: Ask = async (sql) => {
    asked.push(sql);
    return [];
  };
  const { relations } = await readCatalogue(ask, null);
  assert.equal(relations, "unread");
  const unmasked = asked.length;
  await readCatalogue(ask, "reader");
  assert(asked.length - unmasked > unmasked, "else it is");
});
