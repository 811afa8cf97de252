/** What people can say of what waits, and put in its place. */
import assert from "node:assert/strict";
import { syncFrame } from "#/proxies/postgres/wire/encode-frontend.ts";
import { run } from "./extended-messages.ts";
import { drawEmail } from "./known-data.ts";
import { nowhere, type Plant, people, sender } from "./plant.ts";
import { edit, edits, waiting } from "./plant-edits.ts";

export const plantsOfPeople: readonly Plant[] = [
  {
    name: "the comment of an approval",
    seenIn: people,
    plant: async (scene, value) => {
      const { review, answer } = await waiting(scene);
      await scene.decide(review, "approve", value);
      await answer();
    },
  },
  {
    name: "an address in the comment of a denial",
    seenIn: nowhere,
    value: drawEmail,
    plant: async (scene, value) => {
      const { review, answer } = await waiting(scene);
      await scene.decide(review, "deny", `Not without asking ${value} before.`);
      assert.match(await answer(), /error 42501/);
    },
  },
  {
    name: "an address in the comment of an edit",
    seenIn: nowhere,
    value: drawEmail,
    plant: async (scene, value) => {
      const command = "delete from notes where id = 7 and id = 9";
      await edits(scene, { command, comment: `As ${value} wants it.` });
    },
  },
  {
    name: "the comment of a denial",
    seenIn: [...people, ...sender],
    plant: async (scene, value) => {
      const { review, answer } = await waiting(scene);
      await scene.decide(review, "deny", value);
      await answer();
    },
  },
  {
    name: "what is to be changed",
    seenIn: [...people, ...sender],
    plant: async (scene, value) => {
      const { review, answer } = await waiting(scene);
      await scene.decide(review, "request_changes", value);
      await answer();
    },
  },
  {
    name: "a literal of an edit",
    seenIn: [...people, ...sender],
    plant: async (scene, value) => {
      await edits(scene, { command: `delete from notes where id = 7 and note = '${value}'` });
    },
  },
  {
    name: "a parameter of an edit",
    seenIn: people,
    plant: async (scene, value) => {
      const waits = run("delete from notes where note = $1", ["plain"]);
      const { review } = await (await scene.session()).hold(...waits, syncFrame);
      await edit(scene, review, {
        command: "delete from notes where note = $1",
        parameters: [value],
      });
    },
  },
  {
    name: "the comment of an edit",
    seenIn: [...people, ...sender],
    plant: async (scene, value) => {
      const command = "delete from notes where id = 7 and id = 8";
      await edits(scene, { command, comment: value });
    },
  },
  {
    name: "an edit that the database refuses",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const command = `delete from notes where id = 7 and id = '${value}'::int`;
      assert.notEqual((await edits(scene, { command })).status, 200);
    },
  },
  {
    name: "an edit that policy denies",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const { status } = await edits(scene, { command: `drop table notes; select '${value}'` });
      assert.equal(status, 403);
    },
  },
  {
    name: "an edit that can't be read",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const { status } = await edits(scene, { command: `selekt '${value}'` });
      assert.notEqual(status, 200);
    },
  },
];
