/** The starter rules for tools over real sockets: what an agent has read through one connection bears on what it may send through another. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { calling, type McpScene, type Sent, send, startMcpScene } from "./support/mcp-scene.ts";
import { foundWhenTold } from "./support/review-events.ts";
import { type Answer, json, startToolServer, type ToolServer } from "./support/tool-server.ts";

const starter = join(import.meta.dirname, "..", "..", "policies", "production", "tools.cedar");
/** The scene has no other group. */
const policies = readFileSync(starter, "utf8").replaceAll(" of dba", " of ops");

const tools = [
  { name: "get_contact", inputSchema: { type: "object" } },
  { name: "read_page", inputSchema: { type: "object" } },
  { name: "send_mail", inputSchema: { type: "object" } },
];

/** Of the scene's own server, which nobody asks. */
const answer: Answer = (_, response) => json(response, {});

let server: ToolServer;
let config: Readonly<Record<string, unknown>>;
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
  config = {
    connections: [
      connection("crm", "confidential"),
      connection("web", "untrusted"),
      connection("mail", null),
    ],
  };
  scene = await startMcpScene({ policies, answer, config });
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

test("what a person denied is denied again after a restart too, in their words, and nobody is asked", async () => {
  const folder = await mkdtemp(join(tmpdir(), "countersign-test-denied-"));
  try {
    const first = await startMcpScene({ policies, answer, config, folder });
    const token = await first.token();
    const mail = calling("send_mail", { to: "cleo" });
    const waits = send(`${first.apiUrl}/mcp/mail`, token, mail);
    const { id } = await first.waiting();
    await first.decide(id, "deny", "Not to cleo.");
    assert.match((await textOf(waits)) ?? "", /Not to cleo/);
    await first.close();
    const again = await startMcpScene({ policies, answer, config, folder });
    const told = await textOf(send(`${again.apiUrl}/mcp/mail`, token, mail));
    assert.match(told ?? "", /Not to cleo/);
    assert.deepEqual(await again.inbox(), []);
    await again.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("what an agent has read bears on what it sends after a restart too, and the same call finds its review", async () => {
  const folder = await mkdtemp(join(tmpdir(), "countersign-test-labels-"));
  const start = () => startMcpScene({ policies, answer, config, folder });
  const first = await start();
  try {
    const token = await first.token();
    const at = (on: McpScene, connection: string) => `${on.apiUrl}/mcp/${connection}`;
    for (const [connection, tool] of [
      ["crm", "get_contact"],
      ["web", "read_page"],
    ] as const) {
      const told = await textOf(send(at(first, connection), token, calling(tool)));
      assert.equal(told, "done");
    }
    const waits = send(at(first, "mail"), token, calling("send_mail"));
    const { id } = await first.waiting();
    await first.close();
    await waits.answer.catch(() => undefined);

    const again = await start();
    try {
      const back = send(at(again, "mail"), token, calling("send_mail"));
      const review = await again.waiting();
      assert.equal(review.id, id);
      assert.equal(
        review.quorum.reduce((sum, { needed }) => sum + needed, 0),
        2,
      );
      // Nobody has asked before: what this one asks for is of what was read before the restart.
      const other = send(at(again, "mail"), token, calling("send_mail", { to: "dana" }));
      const fresh = await foundWhenTold(again.apiUrl, await again.person("ada"), async () =>
        (await again.inbox()).find((each) => each.id !== id),
      );
      assert.equal(
        fresh.quorum.reduce((sum, { needed }) => sum + needed, 0),
        2,
      );
      const detail = await again.api<ReviewDetail>(
        `/reviews/${fresh.id}`,
        await again.person("ada"),
      );
      assert.deepEqual(readBy(detail), [
        ["crm", "confidential", "get_contact"],
        ["web", "untrusted", "read_page"],
      ]);
      back.request.destroy();
      other.request.destroy();
    } finally {
      await again.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
