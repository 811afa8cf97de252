/** Ways around the gateway that were tried and must stay shut: each is an attack, and what must come of it. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client, type DatabaseError } from "pg";
import {
  encodeBind,
  encodeExecute,
  encodeParse,
  encodeQuery,
  flushFrame,
  syncFrame,
} from "#/proxies/postgres/wire/codec-frontend.ts";
import {
  type AgentClient,
  type Folder,
  makeFolder,
  startTestGateway,
  type TestGateway,
} from "./support/gateway.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";

let postgres: TestPostgres;
let folder: Folder;
let gateway: TestGateway;
let ada: string;

before(async () => {
  postgres = await startTestPostgres();
  await asSuperuser(`
    create table audit (what text);
    grant all on audit to public;
    create table payroll (id int, salary text);
    insert into payroll values (1, 'SALARY-999');
    grant select on payroll to public;
    create function log_it() returns int language sql volatile as
      $$ insert into audit values ('log_it') returning 1 $$;
    create function archive(c customers) returns int language sql volatile as
      $$ insert into audit values ('archive') returning 1 $$;
    create function imm() returns int language plpgsql immutable as
      $$ begin insert into audit values ('imm'); return 1; end $$;
    create function checks(int) returns boolean language plpgsql volatile as
      $$ begin insert into audit values ('checks'); return true; end $$;
    create domain checked as int check (checks(value));
    create type pair as (a checked);
    create table listed (id int, numbers checked[]);
    create table flat (id int, plain checked);
    grant all on listed, flat to public;
    create function unchecked(checked[]) returns int language sql as 'select 1';
    create view customers_v as select c.*, log_it() as logged from customers as c where id < 3;
    grant select on customers_v to public;
  `);
  const rules = join(import.meta.dirname, "../../policies/quickstart/quickstart.cedar");
  folder = await makeFolder(postgres, {
    policies: `${await readFile(rules, "utf8")}
@id("payroll-is-closed") @reason("Nobody reads the payroll.")
forbid (principal, action, resource) when { context has reads && context.reads.contains("public.payroll") };`,
    config: { limits: { holdMaxMs: 1000 } },
  });
  gateway = await startTestGateway(folder, postgres);
  ada = await gateway.signIn("ada");
});
after(async () => {
  await gateway.stop();
  await folder.remove();
  await postgres.stop();
});

async function asSuperuser(sql: string) {
  const client = new Client({ connectionString: postgres.superuserUrl });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

async function audited(): Promise<readonly string[]> {
  return (await asSuperuser("select what from audit")).rows.map(({ what }) => String(what));
}

async function withAgent(work: (agent: AgentClient) => Promise<void>): Promise<void> {
  const agent = await gateway.connect();
  agent.client.on("notice", () => {});
  try {
    await work(agent);
  } finally {
    await agent.client.end();
  }
}

/** The driver's own socket, for messages that it would not send. */
async function sendRaw({ client }: AgentClient, ...messages: readonly Buffer[]): Promise<string> {
  const { stream } = (client as unknown as { connection: { stream: NodeJS.ReadWriteStream } })
    .connection;
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = "";
  const onData = (chunk: Buffer) => {
    text += chunk.toString("latin1");
    // ReadyForQuery is the last message of an answer, and six bytes long.
    if (text.at(-6) === "Z" && text.at(-2) === "\u0005") {
      stream.off("data", onData);
      resolve(text);
    }
  };
  stream.on("data", onData);
  stream.write(Buffer.concat(messages));
  return await promise;
}

const bindUnnamed = encodeBind({
  portal: "",
  statement: "",
  parameterFormats: [],
  parameters: [],
  resultFormats: [],
});

/** The driver has not asked for these answers and would stumble over them. */
async function withRawAgent(work: (agent: AgentClient) => Promise<void>): Promise<void> {
  const agent = await gateway.connect();
  (agent.client as unknown as { connection: NodeJS.EventEmitter }).connection.removeAllListeners();
  await work(agent).finally(() =>
    (
      agent.client as unknown as { connection: { stream: { destroy: () => void } } }
    ).connection.stream.destroy(),
  );
}

test("moving the search path within a message does not open what a rule closes", async () => {
  await withAgent(async ({ client }) => {
    await client.query("set search_path to information_schema");
    const tricks = [
      "set search_path to public; select * from payroll",
      "select set_config('search_path', 'public', false); select * from payroll",
      "begin; set local search_path to public; select * from payroll; commit",
    ];
    for (const sql of tricks) {
      await assert.rejects(client.query(sql), (error: DatabaseError) => {
        assert.match(error.code ?? "", /^(42501|55000|42P01)$/);
        return true;
      });
      await client.query("rollback");
    }
    await client.query("set search_path to public");
    await assert.rejects(client.query("select * from payroll"), { code: "42501" });
  });
  await withRawAgent(async (agent) => {
    const answer = await sendRaw(
      agent,
      encodeParse({ name: "a", sql: "set search_path to public", parameterTypes: [] }),
      encodeBind({
        portal: "",
        statement: "a",
        parameterFormats: [],
        parameters: [],
        resultFormats: [],
      }),
      encodeExecute(""),
      encodeParse({ name: "b", sql: "select * from payroll", parameterTypes: [] }),
      encodeBind({
        portal: "",
        statement: "b",
        parameterFormats: [],
        parameters: [],
        resultFormats: [],
      }),
      encodeExecute(""),
      syncFrame,
    );
    assert(!answer.includes("SALARY-999"));
  });
});

test("a Bind without its Execute neither leaks nor does anything undecided", async () => {
  const leak = `select 1 from customers where id < (table_to_xml('payroll'::regclass, true, false, '')::text)::int`;
  for (const sql of [leak, "select imm()"]) {
    const parse = encodeParse({ name: "", sql, parameterTypes: [] });
    await withRawAgent(async (agent) => {
      const answer = await sendRaw(agent, parse, bindUnnamed, syncFrame);
      assert(!answer.includes("SALARY-999"));
      assert.match(answer, /ERROR/);
    });
    await withRawAgent(async (agent) => {
      const answer = await sendRaw(agent, parse, bindUnnamed, flushFrame, syncFrame);
      assert(!answer.includes("SALARY-999"));
    });
  }
  assert(!(await audited()).includes("imm"));
});

test("an approval of EXECUTE does not fit another prepared text, and shows the one that it is for", async () => {
  const agent = await gateway.connect();
  const prepare = (sql: string) => agent.client.query(`prepare p (int) as ${sql}`);
  const review = async () => {
    const id = agent.held();
    const gone = agent.client.query("execute p(4300)").catch((error: DatabaseError) => error);
    return { id: await id, answer: await gone };
  };
  // What PREPARE names is held as well, by the verbs of what it prepares.
  const prepared = agent.held();
  const done = prepare("delete from customers where id = $1");
  await gateway.decide(await prepared, ada, "approve");
  await done;
  const first = await review();
  const shown = await gateway.review(first.id, ada);
  assert.match(shown.command, /delete from customers where id = \$1/);
  await gateway.decide(first.id, ada, "approve");
  await agent.client.end();

  const other = await gateway.connect();
  const held = other.held();
  const again = other.client.query("prepare p (int) as delete from customers where id <> $1");
  await gateway.decide(await held, ada, "approve");
  await again;
  const second = other.held();
  const wrong = other.client.query("execute p(4300)").catch((error: DatabaseError) => error);
  assert.notEqual(await second, first.id);
  await gateway.decide(await second, ada, "deny", "Another text.");
  assert.equal(((await wrong) as DatabaseError).code, "42501");
  await other.client.end();
});

test("an approval of what hangs on the session's own state is not picked up by another session", async () => {
  const sql = `insert into audit values ('app ' || current_setting('application_name'))`;
  const agent = await gateway.connect();
  const first = agent.held();
  const gone = agent.client.query(sql).catch((error: DatabaseError) => error);
  const id = await first;
  assert.match(((await gone) as DatabaseError).detail ?? "", /pending_review/);
  await gateway.decide(id, ada, "approve");
  await agent.client.end();
  const other = await gateway.connect();
  const held = other.held();
  const wrong = other.client.query(sql).catch((error: DatabaseError) => error);
  assert.notEqual(await held, id);
  await wrong;
  await other.client.end();
  assert(!(await audited()).some((what) => what.startsWith("app ")));
});

test("a Parse by itself does not run what the input of a type runs", async () => {
  for (const sql of [
    "delete from listed where '(1)'::pair is not null",
    "delete from listed where '{1}'::_checked is not null",
    "delete from flat where '{1}'::checked[] is not null",
    "delete from listed where id = 1 and numbers = '{1}'",
    "insert into listed (numbers) values ('{1}')",
    "select unchecked('{1}')",
  ]) {
    const parse = encodeParse({ name: "", sql, parameterTypes: [] });
    await withRawAgent(async (agent) => {
      const answer = await sendRaw(agent, parse, syncFrame);
      assert(!(await audited()).includes("checks"), sql);
      assert.match(answer, /Parsing it may run a function/, sql);
    });
  }
  // What has values of a domain alone checks none of them before it is planned.
  await withRawAgent(async (agent) => {
    const sql = "insert into flat values (1, 1)";
    const parse = encodeParse({ name: "", sql, parameterTypes: [] });
    assert.doesNotMatch(await sendRaw(agent, parse, syncFrame), /ERROR/);
    assert(!(await audited()).includes("checks"));
  });
});

test("statements that count as reads can't write through a view: the server refuses", async () => {
  await withAgent(async ({ client }) => {
    const reads = [
      "select * from customers_v",
      "explain analyze select * from customers_v",
      "copy (select * from customers_v) to stdout",
      "select id, pg_sleep(0) from customers_v",
      "select 1; show search_path; set timezone to 'UTC'; select * from customers_v",
    ];
    for (const sql of reads) await assert.rejects(client.query(sql), { code: "25006" }, sql);
    await assert.rejects(client.query("select * from customers_v where id < $1", [3]), {
      code: "25006",
    });
  });
  assert(!(await audited()).includes("log_it"));
});

test("the read-only lock stands after an unfinished pipeline, RESET ALL and DISCARD ALL", async () => {
  await withRawAgent(async (agent) => {
    const parse = encodeParse({ name: "", sql: "select 1", parameterTypes: [] });
    await sendRaw(
      agent,
      parse,
      bindUnnamed,
      encodeExecute(""),
      flushFrame,
      encodeQuery("select 1/0"),
    );
    const answer = await sendRaw(agent, encodeQuery("select * from customers_v"));
    assert.match(answer, /25006/);
    for (const sql of ["reset all", "discard all"]) {
      await sendRaw(agent, encodeQuery(sql));
      assert.match(await sendRaw(agent, encodeQuery("select * from customers_v")), /25006/);
    }
  });
  assert(!(await audited()).includes("log_it"));
});

test("a function that is called as if it were a column is not a read", async () => {
  await withAgent(async ({ client }) => {
    await client.query("begin");
    await assert.rejects(client.query("select c.archive from customers as c where id = 5"), {
      code: "55000",
    });
    await client.query("rollback");
  });
  assert(!(await audited()).includes("archive"));
});

test("an error of the upstream in a pipeline is that error, and the session goes on", async () => {
  await withAgent(async ({ client }) => {
    for (let count = 0; count < 5; count += 1) {
      await assert.rejects(client.query("select $1::int", ["abc"]), { code: "22P02" });
    }
    await client.query("begin");
    await assert.rejects(client.query("select $1::int", ["abc"]), { code: "22P02" });
    await client.query("rollback");
    assert.equal((await client.query("select 1 as one")).rows[0]?.one, 1);
  });
});

test("thousands of statements in one message do not stop the others", async () => {
  await withAgent(async ({ client }) => {
    await withAgent(async (other) => {
      const started = performance.now();
      const many = client.query("select 1;".repeat(20_000)).catch(() => null);
      await other.client.query("select 1");
      const waited = performance.now() - started;
      await many;
      const took = performance.now() - started;
      assert(waited < took, "another client was served before the message had ended");
    });
  });
});

/** Each makes a held statement mean something else, by way of what the statement does not name. */
const replaced = {
  "the function of a trigger": `create or replace function note() returns trigger language plpgsql as
    $$ begin return null; end $$`,
  "a function that this one calls": `create or replace function noted_by() returns text language sql as
    $$ select 'somebody else' $$`,
  "a function that only a text put together names": `create or replace function named_by_text()
    returns int language sql as $$ select 2 $$`,
  "a trigger of a relation that only the function writes": `create trigger also before insert on note_log
    for each row execute function note_log_change()`,
  "a rule of such a relation": `create rule also as on insert to note_log do also delete from note_log`,
  "a trigger of a relation whose rows go with it": `create trigger gone before delete on noted_parts
    for each row execute function note_log_change()`,
  "a default of a partition": "alter table noted_2026 alter column note set default 'later'",
} as const;

for (const [what, change] of Object.entries(replaced)) {
  test(`an approval does not outlive a change of ${what}`, async () => {
    await asSuperuser(`
      drop table if exists noted, note_log, noted_parts cascade;
      create table noted (id int, note text, primary key (id)) partition by range (id);
      create table noted_2026 partition of noted for values from (0) to (1000);
      create table noted_parts (id int references noted on delete cascade);
      create table note_log (what text);
      grant all on noted, noted_2026, noted_parts, note_log to public;
      create or replace function noted_by() returns text language sql as $$ select 'me' $$;
      create or replace function named_by_text() returns int language sql as $$ select 1 $$;
      create or replace function note_log_change() returns trigger language plpgsql as
        $$ begin return null; end $$;
      create or replace function note() returns trigger language plpgsql as $$ begin
        execute 'select named_by' || '_text()';
        insert into note_log values (noted_by());
        return coalesce(new, old);
      end $$;
      create trigger note before insert or delete on noted for each row execute function note();
    `);
    await withAgent(async (agent) => {
      const held = agent.held();
      const answer = agent.client.query("delete from noted where id = 1").catch((error) => error);
      const id = await held;
      await asSuperuser(change);
      const again = agent.held();
      await gateway.decide(id, ada, "approve");
      assert.equal(await again, id);
      assert.equal((await gateway.review(id, ada)).revision, 2);
      await gateway.decide(id, ada, "deny", "Not that.");
      assert.equal((await answer).code, "42501");
    });
  });
}

test("an approval outlives a change of what its statement can't reach", async () => {
  await asSuperuser(`
    drop table if exists plain_notes;
    create table plain_notes (id int, note text);
    grant all on plain_notes to public;
  `);
  await withAgent(async (agent) => {
    const held = agent.held();
    const answer = agent.client.query("insert into plain_notes values (1)");
    const id = await held;
    await asSuperuser(`
      create function elsewhere() returns int language sql as 'select 1';
      create view far_away as select elsewhere() as at;
      analyze plain_notes`);
    await gateway.decide(id, ada, "approve");
    assert.equal((await answer).rowCount, 1);
  });
});

/** What the same text meant when it was proposed, and what somebody made of it before it was approved. */
const changedTypes: Readonly<Record<string, readonly [sql: string, change: string]>> = {
  "a check of a column's domain": [
    "insert into priced values (3)",
    "alter domain price add constraint small check (value < 5)",
  ],
  "the function in such a check": [
    "insert into priced values (4)",
    `create or replace function is_price(int) returns boolean language sql immutable as 'select $1 < 9'`,
  ],
  "a label of an enumeration": [
    "update felt set mood = 'sad' where mood = 'glad'",
    "alter type mood rename value 'glad' to 'angry'",
  ],
  "a field of a type in a column's list": [
    "insert into sized values ('{}')",
    "alter type size add attribute depth int",
  ],
  "a cast to a type that only the text names": [
    "delete from priced where price = ('(1)'::lonely)::int",
    `create or replace function to_int(lonely) returns int language sql immutable as 'select 2'`,
  ],
  "the type that an argument of a function has": [
    "update priced set price = half('(8)')",
    "alter type halved add attribute other int",
  ],
};

test("a type that means something else calls for a new look", async () => {
  await asSuperuser(`
    create function is_price(int) returns boolean language sql immutable as 'select $1 > 0';
    create domain price as int check (is_price(value));
    create table priced (price price);
    create type mood as enum ('sad', 'glad');
    create table felt (mood mood);
    create type size as (width int);
    create table sized (sizes size[]);
    create type lonely as (value int);
    create function to_int(lonely) returns int language sql immutable as 'select 1';
    create cast (lonely as int) with function to_int(lonely);
    create type halved as (value int);
    create function half(halved) returns int language sql immutable as 'select 4';
    grant all on priced, felt, sized to public;
  `);
  for (const [what, [sql, change]] of Object.entries(changedTypes)) {
    await withAgent(async (agent) => {
      const held = agent.held();
      const answer = agent.client.query(sql).catch((error) => error);
      const id = await held;
      await asSuperuser(change);
      const again = agent.held();
      await gateway.decide(id, ada, "approve");
      assert.equal(await Promise.race([again, answer.then(() => "it ran")]), id, what);
      await gateway.decide(id, ada, "deny", "Not that.");
      assert.equal((await answer).code, "42501", what);
    });
  }
});

/** The same of what stands behind an operator's sign, a foreign table's name, a partition's key and a definition. */
const changedMeanings: Readonly<Record<string, readonly [sql: string, change: string]>> = {
  "the function of an operator that the text has": [
    "delete from operated where id === 2",
    `create or replace function same(int, int) returns boolean language sql as 'select true'`,
  ],
  "an operator in a view that it reads": [
    "delete from operated where id in (select id from operated_v)",
    `create or replace function same(int, int) returns boolean language sql as 'select null::boolean'`,
  ],
  "the table that a foreign one stands for": [
    "delete from far",
    `alter foreign table far options (add table_name 'elsewhere')`,
  ],
  "the server that it is on": [
    "delete from far",
    `alter server other options (add host 'elsewhere')`,
  ],
  "the function of a key by which rows are spread": [
    "insert into spread values (1)",
    `create or replace function bucket(int) returns int language sql immutable as 'select $1 + 1'`,
  ],
  "an event trigger on definitions": [
    "create table defined (id int)",
    `create function on_definition() returns event_trigger language plpgsql as 'begin end';
     create event trigger defining on ddl_command_end execute function on_definition()`,
  ],
  "an operator that is another by then": [
    "delete from operated where id === 2",
    `drop operator === (int, int) cascade;
     create operator === (leftarg = int, rightarg = int, procedure = pg_catalog.int4ne)`,
  ],
};

test("what means something else by way of the catalogue calls for a new look", async () => {
  await asSuperuser(`
    create function same(int, int) returns boolean language sql as 'select $1 operator(pg_catalog.=) $2';
    create operator === (leftarg = int, rightarg = int, procedure = same);
    create table operated (id int);
    create view operated_v as select id from operated where id === 1;
    create foreign data wrapper distant;
    create server other foreign data wrapper distant;
    create foreign table far (id int) server other;
    create function bucket(int) returns int language sql immutable as 'select $1';
    create table spread (id int) partition by list (bucket(id));
    create table spread_1 partition of spread for values in (1, 2);
    grant all on operated, operated_v, far, spread, spread_1 to public;
  `);
  for (const [what, [sql, change]] of Object.entries(changedMeanings)) {
    await withAgent(async (agent) => {
      const held = agent.held();
      const answer = agent.client.query(sql).catch((error) => error);
      const id = await held;
      await asSuperuser(change);
      const again = agent.held();
      await gateway.decide(id, ada, "approve");
      assert.equal(await Promise.race([again, answer.then(() => "it ran")]), id, what);
      await gateway.decide(id, ada, "deny", "Not that.");
      assert.equal((await answer).code, "42501", what);
    });
  }
  await asSuperuser(`
    drop event trigger defining;
    drop operator === (int, int) cascade;
    drop foreign data wrapper distant cascade`);
});

test("an approval is not picked up by a session that reads or writes values in another way", async () => {
  const others = [
    "set bytea_output = 'escape'",
    "set extra_float_digits = -3",
    "set xmlbinary = 'hex'",
    "set quote_all_identifiers = on",
    "set lc_monetary = 'C.UTF-8'",
  ];
  const sql = "delete from audit where what = 'said otherwise'";
  const agent = await gateway.connect();
  const first = agent.held();
  const gone = agent.client.query(sql).catch((error: DatabaseError) => error);
  const id = await first;
  assert.match(((await gone) as DatabaseError).detail ?? "", /pending_review/);
  await gateway.decide(id, ada, "approve");
  await agent.client.end();
  for (const setting of others) {
    const other = await gateway.connect();
    await other.client.query(setting);
    const held = other.held();
    const wrong = other.client.query(sql).catch((error: DatabaseError) => error);
    const ran = wrong.then(() => "it ran");
    assert.notEqual(await Promise.race([held, ran]), "it ran", setting);
    assert.notEqual(await held, id, setting);
    await wrong;
    await other.client.end();
  }
});

test("search_path is not taken from the start-up packet", async () => {
  const agent = await gateway.connect();
  const { port, password } = agent.client as unknown as { port: number; password: string };
  await agent.client.end();
  const client = new Client({
    host: "127.0.0.1",
    port,
    user: "bot",
    password,
    database: "shop",
    options: "-c search_path=public,pg_catalog",
  });
  client.on("error", () => {});
  await assert.rejects(client.connect(), { code: "0A000" });
});
