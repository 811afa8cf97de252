/** What a tool server says. */
import assert from "node:assert/strict";
import { drawEmail, drawIban } from "./known-data.ts";
import { calling } from "./mcp-scene.ts";
import { nowhere, type Plant, sender } from "./plant.ts";
import { answeredBy, asks, says } from "./plant-calls.ts";
import type { PlantedScene } from "./planted-scene.ts";
import { json, stream } from "./tool-server.ts";

const text = (words: string) => ({ content: [{ type: "text", text: words }] });

export const plantsOfTools: readonly Plant[] = [
  {
    name: "what a tool answers",
    seenIn: sender,
    plant: answeredBy(
      "run_answer",
      says((value) => ({ result: text(value) })),
      /"result"/,
    ),
  },
  {
    name: "an account's number that a rule masks, in what a tool answers",
    seenIn: nowhere,
    value: drawIban,
    plant: answeredBy(
      "run_masked",
      says((value) => ({
        result: { ...text(`pay to ${value} today`), structuredContent: { to: [value] } },
      })),
      /"result"/,
    ),
  },
  {
    name: "a tool's own error",
    seenIn: sender,
    plant: answeredBy(
      "run_failing",
      says((value) => ({ result: { ...text(value), isError: true } })),
      /"isError"/,
    ),
  },
  {
    name: "an error of a tool server",
    seenIn: sender,
    plant: answeredBy(
      "run_error",
      says((value) => ({ error: { code: -32_000, message: value, data: { of: value } } })),
      /"error"/,
    ),
  },
  {
    name: "an account's number that a rule masks, in a tool server's error",
    seenIn: nowhere,
    value: drawIban,
    plant: answeredBy(
      "run_masked_error",
      says((value) => ({ error: { code: -32_000, message: value, data: { of: value } } })),
      /"error"/,
    ),
  },
  {
    name: "what a tool server says on the way to its answer",
    seenIn: sender,
    plant: answeredBy(
      "run_notifying",
      (value) => (response, id) => {
        const say = stream(response);
        const params = { level: "info", data: value };
        say({ jsonrpc: "2.0", method: "notifications/message", params });
        say({ jsonrpc: "2.0", id, result: text("done") });
        response.end();
      },
      /"done"/,
    ),
  },
  {
    name: "an answer of a tool server that is none",
    seenIn: nowhere,
    plant: answeredBy(
      "run_broken",
      (value) => (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(`{"jsonrpc": "2.0", "id": "${value}", "result": ${value}`);
      },
      /outcome_unknown/,
    ),
  },
  {
    name: "an answer of a tool server to something else",
    seenIn: nowhere,
    plant: answeredBy(
      "run_other",
      (value) => (response) => json(response, { jsonrpc: "2.0", id: value, result: text(value) }),
      /outcome_unknown/,
    ),
  },
  {
    name: "the page with which a tool server fails, and its headers",
    seenIn: nowhere,
    plant: async (scene, value) => {
      for (const status of [302, 400, 403, 404, 429, 500, 503]) {
        scene.tools.answers.set("run_page", (response) => {
          const location = `http://127.0.0.1:9/${value}`;
          const headers = { "content-type": "text/html", "x-trace": value, location };
          response.writeHead(status, value, headers).end(value);
        });
        await asks(scene, calling("run_page"));
      }
    },
  },
  {
    name: "the headers of a tool server's answer",
    seenIn: nowhere,
    plant: answeredBy(
      "run_headers",
      (value) => (response, id) => {
        for (const name of ["mcp-session-id", "x-trace", "set-cookie", "server"]) {
          response.setHeader(name, value);
        }
        json(response, { jsonrpc: "2.0", id, result: text("done") });
      },
      /"done"/,
    ),
  },
  {
    name: "the description of a tool",
    seenIn: [...sender, "the API's answers to people", "the command line"],
    plant: (scene, value) => listed(scene, { description: value }),
  },
  {
    name: "an e-mail address in the schema of a tool",
    seenIn: [...sender, "the API's answers to people", "the command line"],
    value: drawEmail,
    plant: (scene, value) =>
      listed(scene, {
        inputSchema: { type: "object", properties: { to: { type: "string", default: value } } },
      }),
  },
];

async function listed(scene: PlantedScene, definition: object): Promise<void> {
  const tool = { name: "run_described", inputSchema: { type: "object" }, ...definition };
  scene.tools.answers.set("tools/list", says(() => ({ result: { tools: [tool] } }))(""));
  const answer = await asks(scene, { jsonrpc: "2.0", id: 1, method: "tools/list" });
  assert.match(answer, /run_described/);
  const path = "/connections/desk/tool?tool=run_described";
  const { body } = await scene.gateway().call(path, scene.reviewer);
  scene.answered.people.push(JSON.stringify(body));
  await scene.countersign({}, "tool", "show", "desk", "run_described");
}
