/** Ways around the gateway that were tried and must stay shut: each is an attack, and what must come of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, type DatabaseError } from "pg";
import {
  encodeBind,
  encodeExecute,
  encodeParse,
  encodeQuery,
  flushFrame,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { bindUnnamed, bypassScene, sendRaw } from "./support/bypass-scene.ts";

const scene = bypassScene({ holdMaxMs: 1000 });
const { audited, withAgent, withRawAgent } = scene;

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

test("a part of an expression by name calls nothing that nobody was asked about", async () => {
  await withAgent(async ({ client }) => {
    const held = [
      "select (numbers).unchecked from listed",
      "select (id).int4up from listed",
      "select (id).somebodys from listed",
    ];
    await scene.asSuperuser(
      "create function somebodys(int) returns int language sql as 'select 1'",
    );
    for (const sql of held) await assert.rejects(client.query(sql), { code: "55000" }, sql);
    // Some versions convert so, and others know no such column.
    for (const type of ["pair", "checked"])
      await assert.rejects(client.query(`select ('(1)'::text).${type}`));
    const parts = "select (f).id, (array_agg(f))[1].plain from flat f group by f, id";
    assert.deepEqual((await client.query(parts)).rows, []);
  });
  assert(!(await audited()).includes("checks"));
});

test("a part of an expression that is called like what is built in does not call somebody's function of that name", async () => {
  await withAgent(async ({ client }) => {
    for (const sql of ["select (id).reverse from listed", "select (id).value from listed"])
      await assert.rejects(client.query(sql), { code: "55000" }, sql);
  });
  assert.deepEqual(
    (await audited()).filter((what) => what === "reverse" || what === "value"),
    [],
  );
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

test("a search_path that hides what is built in is not taken from the start-up packet", async () => {
  const agent = await scene.gateway.connect();
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
