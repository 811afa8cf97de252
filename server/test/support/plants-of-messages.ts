/** What an agent's client can have around its calls, in headers and in messages that are none. */
import assert from "node:assert/strict";
import { calling, statelessHeaders, statelessMeta } from "./mcp-scene.ts";
import { nowhere, type Plant, sender } from "./plant.ts";
import { asks, done, heard, requestOf } from "./plant-calls.ts";

export const plantsOfMessages: readonly Plant[] = [
  {
    name: "the name that a client gives itself",
    seenIn: nowhere,
    plant: heard((value) => {
      const clientInfo = { name: value, version: value };
      return requestOf("initialize", {
        protocolVersion: "2025-11-25",
        capabilities: { experimental: { [value]: {} } },
        clientInfo,
      });
    }, /^200\n/),
  },
  {
    name: "what a client notifies of",
    seenIn: nowhere,
    plant: heard(
      (value) => ({
        jsonrpc: "2.0",
        method: "notifications/progress",
        params: { progressToken: value, message: value, progress: 1 },
      }),
      /^20\d\n/,
    ),
  },
  {
    name: "a client's answer to what nobody has asked",
    seenIn: nowhere,
    plant: heard((value) => ({ jsonrpc: "2.0", id: value, result: { text: value } }), /^\d{3}\n/),
  },
  {
    name: "the id of a call",
    seenIn: sender,
    plant: heard((value) => calling("run_id", {}, {}, value), done),
  },
  {
    name: "a method that nobody knows",
    seenIn: nowhere,
    plant: heard((value) => requestOf(value, { of: value }), /error/),
  },
  {
    name: "the ticket of no call",
    seenIn: nowhere,
    plant: heard(
      (value) => calling("countersign_status", { ticket: value, review: value }),
      /^\d{3}\n/,
    ),
  },
  ...bodies(),
  ...headers(),
  {
    name: "a path to no tool server",
    seenIn: nowhere,
    plant: async (scene, value) => {
      const message = calling("run_plain");
      assert.match(await asks(scene, message, { path: `/mcp/${value}` }), /^404/);
      assert.match(await asks(scene, message, { path: `/mcp/desk/${value}` }), /^404/);
      assert.match(await asks(scene, message, { path: `/mcp/desk?token=${value}` }), done);
      await asks(scene, "", { path: `/mcp/${value.toUpperCase()}`, method: "GET" });
    },
  },
];

/** Messages that nothing is done with: what is wrong with them is told without them. */
function bodies(): readonly Plant[] {
  const written: Readonly<Record<string, (value: string) => string>> = {
    "that is no JSON": (value) => `{"method": "tools/call", "name": "${value}" oops`,
    "with a key that stands twice": (value) => `{"${value}": 1, "${value}": 2}`,
    "with a member that it does not have": (value) =>
      JSON.stringify({ ...calling("run_plain"), [value]: value }),
    "that comes with others": (value) => JSON.stringify([calling(value), calling(value)]),
    "whose arguments are none": (value) => JSON.stringify(calling("run_plain", value)),
    "that is too large": (value) => JSON.stringify(calling("run_plain", value.repeat(150_000))),
  };
  return Object.entries(written).map(([what, write]) => ({
    name: `a message of MCP ${what}`,
    seenIn: nowhere,
    plant: heard(write, /^[24]\d\d\n/),
  }));
}

function headers(): readonly Plant[] {
  const stateless = statelessHeaders("run_plain");
  const written: Readonly<Record<string, (value: string) => Readonly<Record<string, string>>>> = {
    "the token of no agent": (value) => ({ authorization: `Bearer cst_${value}` }),
    "the id of no session": (value) => ({ "mcp-session-id": value }),
    "a method that the message does not have": (value) => ({ ...stateless, "mcp-method": value }),
    "a name that the message does not have": (value) => ({ ...stateless, "mcp-name": value }),
    "a parameter that nothing mirrors": (value) => ({ ...stateless, "mcp-param-to": value }),
    "the id of an event": (value) => ({ "last-event-id": value }),
    "the origin of another page": (value) => ({ origin: `https://${value}.example` }),
    "the name of another host": (value) => ({ host: `${value}.example` }),
    "a type that no message has": (value) => ({ "content-type": `text/${value}` }),
    "what else a client says of itself": (value) => ({
      "user-agent": value,
      cookie: `a=${value}`,
      "x-forwarded-for": value,
      traceparent: value,
    }),
  };
  return Object.entries(written).map(([what, write]) => ({
    name: `${what}, in a header to a tool server`,
    seenIn: nowhere,
    plant: async (scene, value) => {
      const message = calling("run_plain", {}, { _meta: statelessMeta });
      for (const more of [{}, stateless]) {
        await asks(scene, message, { headers: { ...more, ...write(value) } });
      }
      for (const method of ["GET", "DELETE"]) {
        await asks(scene, "", { method, headers: write(value) });
      }
    },
  }));
}
