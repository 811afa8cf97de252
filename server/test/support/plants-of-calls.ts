/** What an agent can have in a tool call, and a reviewer in its edit. */
import assert from "node:assert/strict";
import { drawEmail } from "./known-data.ts";
import { calling } from "./mcp-scene.ts";
import { history, nowhere, type Plant, people } from "./plant.ts";
import { callWaits, done, heard, holdsCall, requestOf } from "./plant-calls.ts";
import { edit } from "./plant-edits.ts";

export const plantsOfCalls: readonly Plant[] = [
  {
    name: "an argument of a call that waits",
    seenIn: people,
    plant: callWaits((value) => calling("wait_argument", { to: value })),
  },
  {
    name: "an argument's name in a call that waits",
    seenIn: people,
    plant: callWaits((value) => calling("wait_key", { [value]: 1 })),
  },
  {
    name: "an e-mail address as the name of an argument of a call that waits",
    seenIn: nowhere,
    value: drawEmail,
    plant: callWaits((value) => calling("wait_email_key", { who: { [value]: { a: [1] } } })),
  },
  {
    name: "an e-mail address as the name of an argument of a call that is denied",
    seenIn: nowhere,
    value: drawEmail,
    plant: heard((value) => calling("never_email_key", { [value]: 1 }), /policy\.denied|denied/),
  },
  {
    name: "a tool's name that no server has said",
    seenIn: people,
    plant: callWaits((value) => calling(value)),
  },
  {
    name: "an e-mail address as an argument of a call that waits",
    seenIn: nowhere,
    value: drawEmail,
    plant: callWaits((value) => calling("wait_email", { to: [{ write: `to ${value} today` }] })),
  },
  {
    name: "an argument whose name says that it is a password",
    seenIn: nowhere,
    plant: callWaits((value) => calling("wait_password", { password: value })),
  },
  {
    name: "an argument of a call that is denied",
    seenIn: history,
    plant: heard((value) => calling("never_argument", { to: value }), /policy\.denied|denied/),
  },
  {
    name: "an e-mail address in a call that is denied",
    seenIn: nowhere,
    value: drawEmail,
    plant: heard((value) => calling("never_email", { to: value }), /policy\.denied|denied/),
  },
  {
    name: "an argument of a call that runs",
    seenIn: history,
    plant: heard((value) => calling("run_argument", { to: value }), done),
  },
  {
    name: "an e-mail address in a call that runs",
    seenIn: nowhere,
    value: drawEmail,
    plant: heard((value) => calling("run_email", { to: value }), done),
  },
  {
    name: "an argument of another type than a rule takes it for",
    seenIn: history,
    plant: heard((value) => calling("run_mistyped", { amount: value }), /argument_mistyped/),
  },
  {
    name: "a resource's URI",
    seenIn: history,
    plant: heard((value) => requestOf("resources/read", { uri: `notes://run_${value}` }), done),
  },
  {
    name: "an argument of a prompt",
    seenIn: history,
    plant: heard(
      (value) => requestOf("prompts/get", { name: "run_prompt", arguments: { about: value } }),
      /messages/,
    ),
  },
  {
    name: "what else a call carries beside its arguments",
    seenIn: people,
    plant: callWaits((value) => calling("wait_meta", {}, { _meta: { "shop.example/for": value } })),
  },
  {
    name: "what a call carries along with its trace",
    seenIn: history,
    plant: heard((value) => calling("run_trace", {}, { _meta: { baggage: `a=${value}` } }), done),
  },
  {
    name: "why an agent says that it wants a call",
    seenIn: people,
    plant: callWaits((value) =>
      calling("wait_reason", {}, { _meta: { "countersign/reason": `because of ${value}` } }),
    ),
  },
  {
    name: "an address in why an agent says that it wants a call",
    seenIn: nowhere,
    value: drawEmail,
    plant: callWaits((value) =>
      calling("wait_for_email", {}, { _meta: { "countersign/reason": `for ${value}` } }),
    ),
  },
  {
    name: "an argument that a reviewer puts in the place of another",
    seenIn: people,
    plant: async (scene, value) => {
      const sent = { method: "tools/call", name: "wait_edit" };
      const { review } = await holdsCall(scene, calling("wait_edit", { to: "all" }));
      const command = JSON.stringify({ ...sent, arguments: { to: value } });
      assert.equal((await edit(scene, review, { command })).status, 200);
    },
  },
  {
    name: "an e-mail address that a reviewer puts into a call",
    seenIn: nowhere,
    value: drawEmail,
    plant: async (scene, value) => {
      const sent = { method: "tools/call", name: "wait_edit_email" };
      const { review } = await holdsCall(scene, calling("wait_edit_email", { to: "all" }));
      const command = JSON.stringify({ ...sent, arguments: { to: value } });
      assert.equal((await edit(scene, review, { command })).status, 200);
    },
  },
  {
    name: "an edit of a call that can't be read",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const { review } = await holdsCall(scene, calling("wait_bad_edit", { to: "all" }));
      const commands = [`{"method":"${value}`, `{"method":"tools/call","name":"${value}"}`];
      for (const command of commands) {
        assert.notEqual((await edit(scene, review, { command })).status, 200);
      }
    },
  },
];
