/** With which credentials and processes the gateway comes to tool servers. */
import assert from "node:assert/strict";
import { drawEmail } from "./known-data.ts";
import { calling } from "./mcp-scene.ts";
import { history, nowhere, type Plant } from "./plant.ts";
import { asks } from "./plant-calls.ts";
import type { PlantedScene } from "./planted-scene.ts";
import { json } from "./tool-server.ts";

export const plantsOfUpstreams: readonly Plant[] = [
  credential("desk", "a bearer token", "DESK_TOKEN"),
  credential("keyed", "the value of a header", "KEYED_VALUE"),
  credential("granted", "the secret of an OAuth client", "GRANTED_SECRET"),
  {
    name: "the token that an authorization server gave",
    seenIn: nowhere,
    value: ({ tools }) => tools.granted.token,
    plant: (scene) => echoed(scene, "granted"),
  },
  {
    name: "the id of an OAuth client",
    seenIn: nowhere,
    value: ({ tools }) => tools.granted.client,
  },
  {
    name: "a secret in the environment of a server on stdio, which it tells",
    seenIn: nowhere,
    value: ({ tools }) => tools.environment["LOCAL_SECRET"] ?? "",
    plant: async (scene) => {
      assert.match(await asksLocal(scene, calling("run_local")), /"result"/);
    },
  },
  {
    name: "an argument of the program that a server on stdio is",
    seenIn: nowhere,
    value: ({ tools }) => tools.argument,
  },
  {
    name: "what a server on stdio says to its standard error",
    // It is told to by its argument.
    seenIn: [...history, "what is printed"],
    plant: (scene, value) => toldAloud(scene, value),
  },
  {
    name: "an e-mail address that a server on stdio says to its standard error",
    seenIn: nowhere,
    value: drawEmail,
    plant: (scene, value) => toldAloud(scene, `no such user ${value}`),
  },
];

/** Of the gateway's own, whatever the server does with it. */
function credential(connection: string, what: string, name: string): Plant {
  return {
    name: `${what} with which the gateway comes to a tool server`,
    seenIn: nowhere,
    value: ({ tools }) => tools.environment[name] ?? "",
    plant: (scene) => echoed(scene, connection),
  };
}

async function echoed(scene: PlantedScene, connection: string): Promise<void> {
  const spellings = [
    (words: string) => words,
    (words: string) => Buffer.from(words).toString("base64"),
    (words: string) => encodeURIComponent(words),
  ];
  for (const spelled of spellings) {
    scene.tools.answers.set("run_echo", (response, id, { headers }) => {
      const { authorization = "", "x-key": key = "" } = headers;
      const words = [authorization, authorization.replace("Bearer ", ""), String(key)].map(spelled);
      const result = {
        content: [{ type: "text", text: words.join(" and ") }],
        structuredContent: { words },
      };
      json(response, { jsonrpc: "2.0", id, result });
    });
    await asks(scene, calling("run_echo"), { path: `/mcp/${connection}` });
  }
}

async function toldAloud(scene: PlantedScene, say: string): Promise<void> {
  assert.match(await asksLocal(scene, calling("run_local", { say })), /"said"/);
}

async function asksLocal(scene: PlantedScene, message: object): Promise<string> {
  const path = "/mcp/local";
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: {} };
  const begun = await asks(scene, { ...calling(""), method: "initialize", params }, { path });
  const session = /^mcp-session-id\n(.+)$/im.exec(begun)?.[1] ?? assert.fail(begun);
  return asks(scene, message, { path, headers: { "mcp-session-id": session } });
}
