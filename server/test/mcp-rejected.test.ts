/** What a person's rejection of a tool's definition does to the calls of it that wait for people, however their clients wait. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { Tool } from "@countersign/sdk/wire/tool";
import type { Store } from "#/store/store.ts";
import {
  calling,
  type McpScene,
  type Message,
  send,
  startMcpScene,
  statelessHeaders,
  statelessMeta,
} from "./support/mcp-scene.ts";
import { json } from "./support/tool-server.ts";

const policies = `
  @id("people-see") @review("1 of ops")
  permit (principal, action in Countersign::Action::"mcp", resource);
`;
const tools = ["pay", "look"].map((name) => ({ name, inputSchema: { type: "object" } }));

/** Changed by a test that needs another store. */
let atStore: Partial<Store> = {};
let store: Store;
let scene: McpScene;
let token: string;
let root: string;

before(async () => {
  scene = await startMcpScene({
    policies,
    answer: ({ body }, response) => {
      const { id, method } = JSON.parse(body) as { readonly id: unknown; readonly method: string };
      const done = { resultType: "complete", content: [{ type: "text", text: "done" }] };
      json(response, { jsonrpc: "2.0", id, result: method === "tools/list" ? { tools } : done });
    },
    wrapStore(opened) {
      store = opened;
      return {
        ...opened,
        openReview: (...request) => (atStore.openReview ?? opened.openReview)(...request),
        openReviews: (connection) => (atStore.openReviews ?? opened.openReviews)(connection),
      };
    },
  });
  token = await scene.token();
  root = await scene.person("root");
});
after(() => scene.close());

const pay = (amount: number, more: object = {}) =>
  send(scene.url, token, calling("pay", { amount }, more));
const sentCalls = () => scene.server.received.filter(({ body }) => body.includes("tools/call"));
const refusalOf = ({ result }: Message) => result?._meta?.["countersign/refusal"];
const reviewOf = (id: string) => scene.api<ReviewDetail>(`/reviews/${id}`, root);

async function judge(verdict: "accept" | "reject"): Promise<void> {
  const { offered } = await scene.api<Tool>("/connections/desk/tool?tool=pay", root);
  const request = { tool: "pay", digest: offered.digest };
  await scene.api(`/connections/desk/${verdict}-tool`, root, request);
}

test("a call that waits hears at once that its tool was rejected, and by whom; nobody is asked about it any more", async () => {
  const sent = pay(1);
  const { id } = await scene.waiting();
  await judge("reject");
  assert.deepEqual(await scene.inbox(), []);
  const { message } = await sent.answer;
  const told = refusalOf(message);
  assert.deepEqual([told?.code, told?.review, told?.retry], ["definition_rejected", id, "never"]);
  const text = message.result?.content?.[0]?.text ?? "";
  assert.match(text, /^root has rejected how this tool is defined by its server\./);
  assert.match(text, /Do not call it again/);
  const { state, voidedBy, note, attached } = await reviewOf(id);
  assert.deepEqual([state, voidedBy, attached], ["voided", "rejection", false]);
  assert.match(note ?? "", /^root has rejected/);
  await assert.rejects(scene.decide(id, "approve"), /already_decided.*root has rejected/);
  assert.equal(await scene.records("review.voided"), 1);
  assert.deepEqual(sentCalls(), []);
});

test("once it is accepted again, what has ended stays so, and the same call asks people anew", async () => {
  await judge("accept");
  assert.deepEqual(await scene.inbox(), []);
  const sent = pay(1);
  const { id } = await scene.waiting();
  await scene.decide(id, "approve");
  assert.equal((await sent.answer).message.result?.content?.[0]?.text, "done");
  assert.equal(sentCalls().length, 1);
});

test("so does one that is told of its progress, and one that goes on as a task", async () => {
  const progress = pay(2, { _meta: { progressToken: "p" } });
  const { id } = await scene.waiting();
  await scene.attached(id);
  const capabilities = { extensions: { "io.modelcontextprotocol/tasks": {} } };
  const declared = { "io.modelcontextprotocol/clientCapabilities": capabilities };
  const withTasks = { _meta: { ...statelessMeta, ...declared } };
  const asTask = calling("pay", { amount: 3 }, withTasks);
  const begun = await send(scene.url, token, asTask, statelessHeaders("pay")).answer;
  const { taskId } = begun.message.result as unknown as { readonly taskId: string };
  await judge("reject");
  const { events } = await progress.answer;
  assert.equal(refusalOf(events.at(-1) ?? {})?.code, "definition_rejected");
  const get = { jsonrpc: "2.0", id: 9, method: "tasks/get", params: { taskId, ...withTasks } };
  const task = async () => {
    const answer = await send(scene.url, token, get, statelessHeaders(taskId, "tasks/get")).answer;
    return answer.message.result as unknown as {
      readonly status: string;
      readonly result: NonNullable<Message["result"]>;
    };
  };
  let now = await task();
  while (now.status === "working") now = await task();
  assert.equal(refusalOf({ result: now.result })?.code, "definition_rejected");
  assert.deepEqual(await scene.inbox(), []);
  await judge("accept");
});

test("whoever holds a ticket is told, and what was approved and not picked up does not run", async () => {
  const earlier = sentCalls().length;
  const waits = pay(4);
  const ticket = (await scene.waiting()).id;
  await scene.attached(ticket);
  scene.clock.advance(45_000);
  await waits.answer;
  await scene.detached(ticket);
  await scene.decide(ticket, "approve");
  const other = send(scene.url, token, calling("look"));
  const { id: otherId } = await scene.waiting();
  const status = send(scene.url, token, calling("countersign_status", { ticket }));
  assert.match((await status.answer).text, /A person approved it/);
  await judge("reject");
  assert.equal((await reviewOf(ticket)).voidedBy, "rejection");
  const later = send(scene.url, token, calling("countersign_status", { ticket, wait_s: 0 }));
  assert.equal(refusalOf((await later.answer).message)?.code, "definition_rejected");
  assert.equal(refusalOf((await pay(4).answer).message)?.code, "definition_rejected");
  assert.equal((await reviewOf(otherId)).state, "pending", "a call of another tool waits on");
  await scene.decide(otherId, "deny", "No.");
  await other.answer;
  assert.equal(sentCalls().length, earlier);
  await judge("accept");
});

test("a call whose review is opened while its tool is being rejected does not wait either", async () => {
  const opening = Promise.withResolvers<void>();
  const rejected = Promise.withResolvers<void>();
  atStore = {
    async openReview(...request) {
      opening.resolve();
      await rejected.promise;
      return store.openReview(...request);
    },
  };
  const sent = pay(5);
  await opening.promise;
  await judge("reject");
  rejected.resolve();
  assert.equal(refusalOf((await sent.answer).message)?.code, "definition_rejected");
  assert.deepEqual(await scene.inbox(), []);
  atStore = {};
  await judge("accept");
});

test("where what waits could not be ended, nothing of it runs all the same, whoever approves it", async () => {
  const earlier = sentCalls().length;
  atStore = { openReviews: () => Promise.reject(new Error("disk")) };
  const sent = pay(6);
  const { id } = await scene.waiting();
  await judge("reject");
  await scene.decide(id, "approve");
  assert.equal(refusalOf((await sent.answer).message)?.code, "definition_rejected");
  assert.equal((await reviewOf(id)).voidedBy, "rejection");
  assert.equal(sentCalls().length, earlier, "nothing was sent");
  atStore = {};
});
