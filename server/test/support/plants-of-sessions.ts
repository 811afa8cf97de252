/** What an agent can have in the names and settings of its session, and in messages that are none. */
import assert from "node:assert/strict";
import { encodeStartupMessage } from "#/proxies/postgres/wire/codec-startup.ts";
import {
  encodeBind,
  encodeExecute,
  encodeParse,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { drawEmail } from "./known-data.ts";
import { history, nowhere, type Plant, people, sender } from "./plant.ts";
import { says } from "./plant-commands.ts";

export const plantsOfSessions: readonly Plant[] = [
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
    name: "why an agent says that it wants what waits",
    seenIn: people,
    plant: async (scene, value) => {
      const session = await scene.session();
      await session.run(`set countersign.reason = 'because of ${value}'`);
      await session.hold("delete from notes where id = 8");
    },
  },
  {
    name: "why an agent says, when it comes, that it wants what runs",
    seenIn: history,
    plant: async (scene, value) => {
      const session = await scene.session({ settings: { "countersign.reason": value } });
      assert.match(await session.run("select 1"), /tag SELECT 1/);
    },
  },
  {
    name: "an address in why an agent says that it wants what waits",
    seenIn: nowhere,
    value: drawEmail,
    plant: async (scene, value) => {
      const options = `-c countersign.reason=${value}`;
      const session = await scene.session({ settings: { options } });
      await session.hold("delete from notes where id = 9");
    },
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
    plant: (scene, value) => scene.refused({ settings: { options: `-c work_mem=${value}` } }),
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
