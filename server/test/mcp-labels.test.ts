/** The starter rules for tools over real sockets: what an agent has read through one connection bears on what it may send through another. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { calling, type McpScene, type Sent, send, startMcpScene } from "./support/mcp-scene.ts";
import { json, startToolServer, type ToolServer } from "./support/tool-server.ts";

const starter = join(import.meta.dirname, "..", "..", "policies", "production", "tools.cedar");
/** The scene has no other group. */
const policies = readFileSync(starter, "utf8").replaceAll(" of dba", " of ops");

const tools = [
  { name: "get_contact", inputSchema: { type: "object" } },
  { name: "read_page", inputSchema: { type: "object" } },
  { name: "send_mail", inputSchema: { type: "object" } },
];

let server: ToolServer;
let scene: McpScene;

before(async () => {
  server = await startToolServer(({ body }, response) => {
    const { id, method } = JSON.parse(body) as { readonly id: unknown; readonly method: string };
    const result =
      method === "tools/list" ? { tools } : { content: [{ type: "text", text: "done" }] };
    json(response, { jsonrpc: "2.0", id, result });
  });
  const connection = (name: string, data: string | null) => ({
    name,
    kind: "mcp",
    environment: "test",
    upstream: { url: server.url },
    data,
  });
  scene = await startMcpScene({
    policies,
    answer: (_, response) => json(response, {}),
    config: {
      connections: [
        connection("crm", "confidential"),
        connection("web", "untrusted"),
        connection("mail", null),
      ],
    },
  });
});
after(async () => {
  await scene.close();
  await server.close();
});

async function call(connection: string, tool: string, agent = "bot"): Promise<Sent> {
  return send(`${scene.apiUrl}/mcp/${connection}`, await scene.token(agent), calling(tool));
}

const textOf = async (sent: Sent) => (await sent.answer).message.result?.content?.[0]?.text;

/** How many people are asked for it. */
async function askedFor(agent: string): Promise<number> {
  const sent = await call("mail", "send_mail", agent);
  const { id, quorum } = await scene.waiting();
  await scene.decide(id, "deny", "Not now.");
  assert.match((await textOf(sent)) ?? "", /Not now/);
  return quorum.reduce((sum, { needed }) => sum + needed, 0);
}

test("once an agent has read private data and strangers' words, what it sends waits for more people", async () => {
  assert.equal(await askedFor("bot"), 1);
  assert.equal(await textOf(await call("crm", "get_contact")), "done");
  assert.equal(await textOf(await call("web", "read_page")), "done");
  scene.clock.advance(2 * 60 * 60_000);
  assert.equal(await askedFor("bot"), 2);
  assert.equal(await askedFor("other"), 1, "what one agent has read is not another's");
});
