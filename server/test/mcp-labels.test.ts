/** The starter rules for tools over real sockets: what an agent has read through one connection bears on what it may send through another. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
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

/** What people are asked, and how many of them. */
async function askedFor(agent: string): Promise<{ asked: number; review: ReviewDetail }> {
  const sent = await call("mail", "send_mail", agent);
  const { id, quorum } = await scene.waiting();
  const review = await scene.api<ReviewDetail>(`/reviews/${id}`, await scene.person("ada"));
  await scene.decide(id, "deny", "Not now.");
  assert.match((await textOf(sent)) ?? "", /Not now/);
  return { asked: quorum.reduce((sum, { needed }) => sum + needed, 0), review };
}

const readBy = ({ reads }: ReviewDetail) =>
  reads?.from.map(({ connection, data, tools: by }) => [connection, data, ...by]);

test("once an agent has read private data and strangers' words, what it sends waits for more people", async () => {
  const fresh = await askedFor("bot");
  assert.deepEqual([fresh.asked, readBy(fresh.review)], [1, []]);
  assert.equal(await textOf(await call("crm", "get_contact")), "done");
  assert.equal(await textOf(await call("web", "read_page")), "done");
  scene.clock.advance(2 * 60 * 60_000);
  const stained = await askedFor("bot");
  assert.equal(stained.asked, 2);
  assert.deepEqual(readBy(stained.review), [
    ["crm", "confidential", "get_contact"],
    ["web", "untrusted", "read_page"],
  ]);
  const other = await askedFor("other");
  assert.deepEqual(
    [other.asked, readBy(other.review)],
    [1, []],
    "what one agent has read is not another's",
  );
});

test("what is read while people think is told where it makes them decide anew", async () => {
  // What was denied a while ago asks nobody.
  scene.clock.advance(2 * 60 * 60_000);
  const sent = await call("mail", "send_mail", "other");
  const first = await scene.waiting();
  await call("crm", "get_contact", "other").then(textOf);
  await call("web", "read_page", "other").then(textOf);
  const shown = () =>
    scene.person("ada").then((ada) => scene.api<ReviewDetail>(`/reviews/${first.id}`, ada));
  const earlier = await shown();
  assert.deepEqual(readBy(earlier), [], "it can hold nothing of what was read after it");
  await scene.decide(first.id, "approve");
  await scene.waiting();
  const again = await shown();
  assert.deepEqual(
    readBy(again)?.map(([connection]) => connection),
    ["crm", "web"],
  );
  assert.notEqual(again.view.digest, earlier.view.digest);
  await scene.decide(first.id, "deny", "Not that.", "bob");
  await sent.answer;
});
