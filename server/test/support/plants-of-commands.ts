/** What an agent can have in a command, in what comes with it, and in what the database says to it. */
import assert from "node:assert/strict";
import { syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { run } from "./extended-messages.ts";
import { history, nowhere, type Plant, people, sender } from "./plant.ts";
import { approved, bound, loads, measured, says, waits } from "./plant-commands.ts";

export const plantsOfCommands: readonly Plant[] = [
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
    seenIn: people,
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
    name: "what a NOTIFY carries",
    seenIn: people,
    plant: approved((value) => `notify planted, '${value}'`, /tag NOTIFY/),
  },
  {
    name: "what an error of the database quotes of a row, where a rule masks",
    seenIn: nowhere,
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
];
