/** Names that could be taken for others, in calls and in rules, and what only asks about what is named: none of it gets past what is decided. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { calling, type McpScene, send, startMcpScene } from "./support/mcp-scene.ts";
import { json } from "./support/tool-server.ts";

const odd = 'x"/y\\z} permit ';
const policies = `
  @id("all") permit (principal, action in Countersign::Action::"mcp", resource);
  @id("no-drop") forbid (principal, action in Countersign::Action::"mcp", resource) when { context.tool == "drop" };
  @id("no-odd") forbid (principal, action in Countersign::Action::"mcp", resource) when { context.tool == ${JSON.stringify(odd.trim())} };
  @id("no-secrets") forbid (principal, action in Countersign::Action::"mcp", resource) when { context.tool like "file:///etc/*" };
  @id("no-mallory") forbid (principal, action in Countersign::Action::"mcp", resource)
  when { context.args has to && context.args.to == "mallory" };
  @id("people-see-letters") @review("1 of ops") @reason("Letters leave.")
  permit (principal, action in Countersign::Action::"mcp", resource) when { context.tool == "letter" };
`;
const tools = ["drop", "look", odd.trim(), 'other"/'].map((name) => ({
  name,
  inputSchema: { type: "object" },
}));

let scene: McpScene;
let token: string;

before(async () => {
  scene = await startMcpScene({
    policies,
    answer: ({ body }, response) => {
      const { id, method } = JSON.parse(body) as { readonly id: unknown; readonly method: string };
      const done = { content: [{ type: "text", text: "done" }] };
      json(response, { jsonrpc: "2.0", id, result: method === "tools/list" ? { tools } : done });
    },
  });
  token = await scene.token();
  await ask("tools/list", {});
  // Until what the list told is known, the gateway asks for it itself before the first call.
  await call("look");
});
after(() => scene.close());

const ask = (method: string, params: object) =>
  send(scene.url, token, { jsonrpc: "2.0", id: 1, method, params }).answer;
const call = (name: string) => send(scene.url, token, calling(name)).answer;
const sent = () => scene.server.received.length;

test("no spelling of a forbidden tool's name reaches a server that may take it for that tool", async () => {
  const earlier = sent();
  for (const name of ["Drop", "DROP", "drop ", "ｄｒｏｐ", "dr\u200bop", "dr\u043ep", "dröp"]) {
    const { message } = await call(name);
    assert.equal(message.error?.code, -32_602, name);
  }
  assert.equal((await call("x".repeat(1_000_000))).message.error?.code, -32_602);
  assert.equal(sent(), earlier);
  assert.match((await call("drop")).text, /denied_by_policy/);
  assert.match((await call("look")).text, /done/);
});

test("a name with quotes, slashes and braces is to a rule what it is, and nothing more", async () => {
  assert.match((await call(odd.trim())).text, /denied_by_policy/);
  assert.match((await call('other"/')).text, /done/);
});

test("a resource that a rule forbids is not read by another spelling of its URI", async () => {
  const earlier = sent();
  for (const uri of ["file:///etc/x", "file:///tmp/../etc/x", "file:///%65tc/x", "FILE:///etc/x"]) {
    const { message } = await ask("resources/read", { uri });
    assert.ok(message.error !== undefined, uri);
  }
  assert.equal(sent(), earlier);
  assert.match((await ask("resources/read", { uri: "file:///tmp/x" })).text, /done/);
});

const completing = (name: string, args: object, value: string) =>
  ask("completion/complete", {
    ref: { type: "ref/prompt", name },
    argument: { name: "to", value },
    context: { arguments: args },
  });

test("a completion is decided on as the prompt that it completes, with its arguments, and nobody is asked about it", async () => {
  const earlier = sent();
  const denied = await scene.records("action.denied");
  assert.match((await completing("drop", {}, "a")).text, /denied_by_policy/);
  assert.match((await completing("card", {}, "mallory")).text, /denied_by_policy/);
  assert.match((await completing("letter", {}, "a")).text, /nothing that only asks about it/);
  assert.equal((await completing("drop ", {}, "a")).message.error?.code, -32_602);
  const twice = await completing("card", { to: "mallory" }, "ada");
  assert.equal(twice.message.error?.code, -32_602, "no rule would see both");
  assert.deepEqual(await scene.inbox(), []);
  assert.equal(sent(), earlier);
  assert.equal(await scene.records("action.denied"), denied + 3);
  const allowed = await scene.records("action.allowed");
  assert.match((await completing("card", { from: "bob" }, "ada")).text, /done/);
  assert.equal(await scene.records("action.allowed"), allowed + 1);
});

test("a subscription is decided on as the resource that it is about", async () => {
  const earlier = sent();
  const listening = {
    notifications: { resourceSubscriptions: ["file:///tmp/x", "file:///etc/x"] },
  };
  for (const asked of [
    ask("resources/subscribe", { uri: "file:///etc/x" }),
    ask("subscriptions/listen", listening),
  ]) {
    assert.match((await asked).text, /denied_by_policy/);
  }
  assert.equal(sent(), earlier);
  assert.match((await ask("resources/subscribe", { uri: "file:///tmp/x" })).text, /done/);
});
