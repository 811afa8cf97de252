/** What an agent can send: one row for each place of a command, a session or a message that takes a value. */
import assert from "node:assert/strict";
import {
  copyDoneFrame,
  encodeBind,
  encodeCopyData,
  encodeExecute,
  encodeParse,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/codec-frontend.ts";
import { encodeStartupMessage } from "#/proxies/postgres/wire/codec-startup.ts";
import { run } from "./extended-messages.ts";
import { history, nowhere, type Plant, people, sender } from "./plant.ts";
import type { PlantedScene, Session } from "./planted-scene.ts";

type How = NonNullable<Plant["plant"]>;

const waits =
  (sql: (value: string) => string): How =>
  async (scene, value) => {
    await (await scene.session()).hold(sql(value));
  };
const says =
  (sql: (value: string) => string, expected: RegExp): How =>
  async (scene, value) => {
    assert.match(await (await scene.session()).run(sql(value)), expected);
  };
const approved =
  (sql: (value: string) => string, expected: RegExp): How =>
  async (scene, value) => {
    const { review, answer } = await (await scene.session()).hold(sql(value));
    await scene.decide(review, "approve");
    assert.match(await answer(), expected);
  };

export const plantsOfAgents: readonly Plant[] = [
  {
    name: "a literal of a command that waits",
    seenIn: people,
    plant: waits((value) => `delete from notes where note = '${value}'`),
  },
  {
    name: "a comment of a command that waits",
    seenIn: people,
    plant: waits((value) => `/* ${value} */ delete from notes where id = 7`),
  },
  {
    name: "a name in a command that waits",
    seenIn: people,
    plant: waits((value) => `create table ${value} (id int)`),
  },
  {
    name: "a literal of a command that is denied",
    seenIn: history,
    plant: says((value) => `drop table notes; select '${value}'`, /error 42501/),
  },
  {
    name: "a literal of a command that runs",
    seenIn: [...history, ...sender],
    plant: says((value) => `select '${value}'`, /tag SELECT 1/),
  },
  {
    name: "a column's name in a command that runs",
    seenIn: [...history, ...sender],
    plant: says((value) => `select 1 as ${value}`, /tag SELECT 1/),
  },
  {
    name: "a literal of a text that can't be read",
    seenIn: people,
    plant: waits((value) => `do $$ begin perform '${value}'; end $$`),
  },
  {
    name: "a literal of a text that is no SQL",
    seenIn: history,
    plant: says((value) => `selekt 1 from '${value}'`, /error 42601/),
  },
  {
    name: "a parameter as text",
    seenIn: people,
    plant: async (scene, value) => {
      await (await scene.session()).hold(...bound(Buffer.from(value), 0));
    },
  },
  {
    name: "a parameter as bytes",
    seenIn: [],
    plant: async (scene, value) => {
      await (await scene.session()).hold(...bound(Buffer.from(value), 1));
    },
  },
  {
    name: "a parameter of a command that runs",
    seenIn: history,
    plant: async (scene, value) => {
      const sql = "select count(*) from notes where note = $1";
      const answer = await (await scene.session()).run(...run(sql, [value]), syncFrame);
      assert.match(answer, /tag SELECT 1/);
    },
  },
  {
    name: "a row among the first of what a COPY would load",
    seenIn: people,
    plant: async (scene, value) => {
      await loads(scene, `101\t${value}\n102\tplain\n`);
    },
  },
  {
    name: "a row far into what a COPY would load, some of which is kept in a file",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const rows = Array.from(
        { length: 30_000 },
        (_, at) => `${1000 + at}\tplain and long enough\n`,
      );
      await loads(scene, rows.with(9_000, `9\t${value}\n`).with(28_000, `8\t${value}\n`).join(""));
    },
  },
  {
    name: "a row that a COPY has loaded",
    seenIn: people,
    plant: async (scene, value) => {
      const { review, answer } = await loads(scene, `201\t${value}\n`);
      await scene.decide(review, "approve");
      assert.match(await answer(), /tag COPY 1/);
    },
  },
  {
    name: "the application_name of a connection",
    seenIn: sender,
    plant: async (scene, value) => {
      const session = await scene.session({ settings: { application_name: value } });
      assert.match(await session.run("select 1"), /tag SELECT 1/);
    },
  },
  {
    name: "the value of a setting",
    seenIn: [...history, ...sender],
    plant: says((value) => `set application_name = '${value}'`, /tag SET|error/),
  },
  {
    name: "a user name that is nobody's",
    seenIn: sender,
    plant: (scene, value) => scene.refused({ user: value }),
  },
  {
    name: "a password that is wrong",
    seenIn: nowhere,
    plant: (scene, value) => scene.refused({ password: value }),
  },
  {
    name: "a database name that is no connection's",
    seenIn: sender,
    plant: (scene, value) => scene.refused({ database: value }),
  },
  {
    name: "the start-up options of a connection",
    seenIn: nowhere,
    plant: (scene, value) => scene.refused({ settings: { options: `-c search_path=${value}` } }),
  },
  {
    name: "a start-up setting that the gateway does not know",
    seenIn: nowhere,
    plant: (scene, value) => scene.refused({ settings: { unknown_setting: value } }),
  },
  {
    name: "a cursor's name",
    seenIn: history,
    plant: async (scene, value) => {
      const session = await scene.session();
      await session.run("begin");
      await session.run(`declare ${value} cursor for select id from notes`);
      await session.run(`fetch 1 from ${value}`);
      await session.run("commit");
    },
  },
  {
    name: "a prepared statement's name",
    seenIn: history,
    plant: says((value) => `prepare ${value} as select 1; execute ${value}`, /./),
  },
  {
    name: "a prepared statement's name in the protocol",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const session = await scene.session();
      await session.run(
        encodeParse({ name: value, sql: "select 1", parameterTypes: [] }),
        syncFrame,
      );
    },
  },
  {
    name: "a portal's name in the protocol",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const session = await scene.session();
      const bind = { portal: value, statement: "", parameterFormats: [], parameters: [] };
      await session.run(
        encodeParse({ name: "", sql: "select 1", parameterTypes: [] }),
        encodeBind({ ...bind, resultFormats: [] }),
        encodeExecute(value),
        syncFrame,
      );
    },
  },
  {
    name: "a savepoint's name",
    seenIn: history,
    plant: says((value) => `begin; savepoint ${value}; rollback`, /./),
  },
  {
    name: "what a NOTIFY carries",
    seenIn: people,
    plant: approved((value) => `notify planted, '${value}'`, /tag NOTIFY/),
  },
  {
    name: "what an error of the database quotes of a row",
    seenIn: sender,
    plant: async (scene, value) => {
      await scene.superuser(`insert into notes values (301, '${value}')`);
      const session = await scene.session();
      assert.match(await session.run("select note::int from notes where id = 301"), /error 22P02/);
    },
  },
  {
    name: "what an error of the database quotes of a row, of a command that was approved",
    seenIn: sender,
    plant: async (scene, value) => {
      await scene.superuser(`insert into notes values (302, '${value}')`);
      const sql = "update notes set id = note::int where id = 302";
      await approved(() => sql, /error 22P02/)(scene, value);
    },
  },
  {
    name: "what a notice of the database says",
    seenIn: sender,
    plant: async (scene, value) => {
      await scene.superuser(`insert into notes values (303, '${value}')`);
      const sql = `do $$ begin raise notice '%', (select note from notes where id = 303); end $$`;
      await approved(() => sql, /notice 00000; tag DO/)(scene, value);
    },
  },
  {
    name: "a row that is read",
    seenIn: sender,
    plant: async (scene, value) => {
      await scene.superuser(`insert into notes values (304, '${value}')`);
      await says(() => "select note from notes where id = 304", /tag SELECT 1/)(scene, value);
    },
  },
  {
    name: "a row that a command would delete",
    seenIn: people,
    plant: async (scene, value) => {
      await scene.superuser(`insert into notes values (305, '${value}')`);
      await measured(scene, "delete from notes where id = 305");
    },
  },
  {
    name: "a column that is marked, of a row that a command would delete",
    seenIn: nowhere,
    plant: async (scene, value) => {
      await scene.superuser(`insert into notes values (306, 'plain', '${value}')`);
      await measured(scene, "delete from notes where id = 306");
    },
  },
  {
    name: "a start-up packet that is none",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const bytes = encodeStartupMessage([["user", value]]);
      await scene.raw("postgres", bytes.subarray(0, -2));
      await scene.raw("postgres", Buffer.from(`GET /${value} HTTP/1.1\r\n\r\n`));
    },
  },
  {
    name: "a message that is none",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const { client } = await scene.session();
      const bytes = Buffer.concat([Buffer.from("~\0\0\0\0"), Buffer.from(value)]);
      bytes.writeInt32BE(bytes.length - 1, 1);
      client.send(bytes);
      await client.until(() => false);
    },
  },
];

function bound(value: Buffer, format: 0 | 1): readonly Buffer[] {
  return [
    encodeParse({ name: "", sql: "delete from notes where note = $1", parameterTypes: [] }),
    encodeBind({
      portal: "",
      statement: "",
      parameterFormats: [format],
      parameters: [value],
      resultFormats: [],
    }),
    encodeExecute(""),
    syncFrame,
  ];
}

async function loads(scene: PlantedScene, data: string): ReturnType<Session["hold"]> {
  const session = await scene.session();
  session.client.send(encodeQuery("copy notes (id, note) from stdin"));
  await session.client.until(({ kind }) => kind === "copy_in_response");
  return session.hold(encodeCopyData(Buffer.from(data)), copyDoneFrame);
}

/** Until some of its rows can be shown. */
async function measured(scene: PlantedScene, sql: string): Promise<void> {
  const { review } = await (await scene.session()).hold(sql);
  await scene.until(async () => (await scene.review(review)).effect?.sample !== undefined);
}
