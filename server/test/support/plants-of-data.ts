/**
 * Personal data and secrets that recognizers know, wherever people would be shown them: they see that something stands
 * there and of which kind, and only the session that sent it, or asked for it, gets it itself.
 */
import assert from "node:assert/strict";
import { syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { run } from "./extended-messages.ts";
import { drawCard, drawEmail, drawIban, drawToken } from "./known-data.ts";
import { nowhere, type Plant, sender } from "./plant.ts";
import { bound, loads, measured, says, waits } from "./plant-commands.ts";
import { edit, edits } from "./plant-edits.ts";

export const plantsOfData: readonly Plant[] = [
  {
    name: "an e-mail address in a command that waits",
    seenIn: nowhere,
    value: drawEmail,
    plant: waits((value) => `delete from notes where note = '${value}'`),
  },
  {
    name: "an access token in a command that waits",
    seenIn: nowhere,
    value: drawToken,
    plant: waits((value) => `update notes set note = 'use ${value} for it' where id = 7`),
  },
  {
    name: "a payment card's number as a number",
    seenIn: nowhere,
    value: drawCard,
    plant: waits((value) => `delete from notes where id = ${value}`),
  },
  {
    name: "an account's number in JSON",
    seenIn: nowhere,
    value: drawIban,
    plant: waits((value) => `update notes set note = '{"iban": "${value}"}' where id = 7`),
  },
  {
    name: "a password that a command sets",
    seenIn: nowhere,
    plant: waits((value) => `alter user current_user password '${value}'`),
  },
  {
    name: "an e-mail address in a comment",
    seenIn: nowhere,
    value: drawEmail,
    plant: waits((value) => `delete from notes where id = 7 -- as ${value} asked`),
  },
  {
    name: "an e-mail address in a text that can't be read",
    seenIn: nowhere,
    value: drawEmail,
    plant: waits((value) => `do $$ begin perform 'write to ${value}'; end $$`),
  },
  {
    name: "an e-mail address in a command that runs",
    seenIn: sender,
    value: drawEmail,
    plant: says((value) => `select '${value}'`, /tag SELECT 1/),
  },
  {
    name: "an e-mail address that the database quotes in its error",
    seenIn: sender,
    value: drawEmail,
    plant: says((value) => `select id from notes where id = '${value}'::int`, /error 22P02/),
  },
  {
    name: "an e-mail address for which an effect can't be told",
    seenIn: nowhere,
    value: drawEmail,
    plant: async (scene, value) => {
      await scene.superuser(`insert into notes values (404, '${value}')`);
      await measured(scene, "delete from notes where id = 404 and note::int = 7");
    },
  },
  {
    name: "an e-mail address in dollar quotes",
    seenIn: nowhere,
    value: drawEmail,
    plant: waits((value) => `delete from notes where note = $x$to ${value} alone$x$`),
  },
  {
    name: "an account's number that is executed with",
    seenIn: nowhere,
    value: drawIban,
    plant: says(
      (value) =>
        `prepare planted as select count(*) from notes where note = $1; execute planted('${value}')`,
      /tag SELECT 1/,
    ),
  },
  {
    name: "an e-mail address that a NOTIFY carries",
    seenIn: nowhere,
    value: drawEmail,
    plant: waits((value) => `notify planted, '${value}'`),
  },
  {
    name: "an e-mail address as the value of a setting",
    seenIn: sender,
    value: drawEmail,
    plant: says((value) => `set application_name = '${value}'`, /tag SET/),
  },
  {
    name: "an e-mail address that a person has revealed",
    seenIn: nowhere,
    value: drawEmail,
    plant: async (scene, value) => {
      const { review } = await (await scene.session()).hold(
        `delete from notes where note = '${value}'`,
      );
      const { digest, masked } = await scene.review(review);
      const asked = { digest, field: masked[0]?.field };
      const { body } = await scene
        .gateway()
        .call(`/reviews/${review}/reveal`, scene.reviewer, asked);
      // Whoever asked has it, and nobody else.
      assert.ok(JSON.stringify(body).includes(value));
    },
  },
  {
    name: "an access token in a command that is denied",
    seenIn: nowhere,
    value: drawToken,
    plant: says((value) => `drop table notes; select '${value}'`, /error 42501/),
  },
  {
    name: "an account's number as a parameter",
    seenIn: nowhere,
    value: drawIban,
    plant: async (scene, value) => {
      await (await scene.session()).hold(...bound(Buffer.from(value), 0));
    },
  },
  {
    name: "an e-mail address as a parameter in bytes",
    seenIn: nowhere,
    value: drawEmail,
    plant: async (scene, value) => {
      await (await scene.session()).hold(...bound(Buffer.from(value), 1));
    },
  },
  {
    name: "a payment card's number as a parameter of a command that runs",
    seenIn: nowhere,
    value: drawCard,
    plant: async (scene, value) => {
      const sql = "select count(*) from notes where note = $1";
      const answer = await (await scene.session()).run(...run(sql, [value]), syncFrame);
      assert.match(answer, /tag SELECT 1/);
    },
  },
  {
    name: "an e-mail address among the first rows of what a COPY would load",
    seenIn: nowhere,
    value: drawEmail,
    plant: async (scene, value) => {
      await loads(scene, `401\t${value}\n402\tplain\n`);
    },
  },
  {
    name: "a payment card's number in a row that a command would delete",
    seenIn: nowhere,
    value: drawCard,
    plant: async (scene, value) => {
      await scene.superuser(`insert into notes values (403, '${value}')`);
      await measured(scene, "delete from notes where id = 403");
    },
  },
  {
    name: "an e-mail address in an edit",
    seenIn: sender,
    value: drawEmail,
    plant: async (scene, value) => {
      await edits(scene, { command: `delete from notes where id = 7 and note = '${value}'` });
    },
  },
  {
    name: "an access token as a parameter of an edit",
    seenIn: nowhere,
    value: drawToken,
    plant: async (scene, value) => {
      const waiting = run("delete from notes where note = $1", ["plain"]);
      const { review } = await (await scene.session()).hold(...waiting, syncFrame);
      const command = "delete from notes where note = $1";
      await edit(scene, review, { command, parameters: [value] });
    },
  },
  {
    name: "an e-mail address that the agent had sent, in a command that was edited",
    seenIn: nowhere,
    value: drawEmail,
    plant: async (scene, value) => {
      const { review } = await (await scene.session()).hold(
        `delete from notes where note = '${value}'`,
      );
      await edit(scene, review, { command: "delete from notes where id = 7" });
    },
  },
];
