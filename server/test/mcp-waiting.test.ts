/** How clients wait for people, by what they declare: with a page that they show, and as a task. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
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
  @id("people-see") @review("1 of ops") @reason("Money moves.")
  permit (principal, action in Countersign::Action::"mcp", resource);
`;
const tools = [{ name: "pay", inputSchema: { type: "object" } }];

let scene: McpScene;
let token: string;

before(async () => {
  scene = await startMcpScene({
    policies,
    answer: ({ body }, response) => {
      const { id, method } = JSON.parse(body) as { readonly id: unknown; readonly method: string };
      const done = { resultType: "complete", content: [{ type: "text", text: "done" }] };
      json(response, { jsonrpc: "2.0", id, result: method === "tools/list" ? { tools } : done });
    },
  });
  token = await scene.token();
});
after(() => scene.close());

const declaring = (capabilities: object) => ({
  ...statelessMeta,
  "io.modelcontextprotocol/clientCapabilities": capabilities,
});
const withUrl = { _meta: declaring({ elicitation: { url: {} } }) };
const withTasks = { _meta: declaring({ extensions: { "io.modelcontextprotocol/tasks": {} } }) };

const ask = (body: object, by = token) => send(scene.url, by, body, statelessHeaders("pay"));
const sentCalls = () => scene.server.received.filter(({ body }) => body.includes("tools/call"));

interface InputRequired {
  readonly resultType: string;
  readonly inputRequests: { readonly countersign: { readonly params: { readonly url: string } } };
  readonly requestState: string;
}

async function firstAnswer(amount: number): Promise<InputRequired> {
  const { message } = await ask(calling("pay", { amount }, withUrl)).answer;
  return message.result as unknown as InputRequired;
}

const accepted = { inputResponses: { countersign: { action: "accept" } } };

test("a client that shows pages is given the review's at once, and runs the call once when it comes back", async () => {
  const earlier = sentCalls().length;
  const first = await firstAnswer(1);
  const review = await scene.waiting();
  assert.equal(first.resultType, "input_required");
  assert.equal(first.inputRequests.countersign.params.url, `${scene.apiUrl}/reviews/${review.id}`);
  const { requestState } = first;
  const back = ask(calling("pay", { amount: 1 }, { ...withUrl, ...accepted, requestState }, 2));
  await scene.decide(review.id, "approve");
  assert.equal((await back.answer).message.result?.content?.[0]?.text, "done");
  assert.equal(sentCalls().length, earlier + 1);
  const { params } = JSON.parse(sentCalls().at(-1)?.body ?? "") as { readonly params: object };
  assert.deepEqual(params, { name: "pay", arguments: { amount: 1 }, ...withUrl });
  assert.deepEqual(await scene.inbox(), []);
});

test("a client that comes back before anybody has decided waits, and is shown the page again", async () => {
  const { requestState } = await firstAnswer(2);
  const { id } = await scene.waiting();
  const back = ask(calling("pay", { amount: 2 }, { ...withUrl, ...accepted, requestState }, 2));
  await scene.attached(id);
  scene.clock.advance(45_000);
  const { message } = await back.answer;
  assert.equal(message.result?.resultType, "input_required");
  await scene.decide(id, "deny", "No.");
  assert.deepEqual(await scene.inbox(), []);
});

test("a request state is of its agent and its call, for a while, and once", async () => {
  const { requestState } = await firstAnswer(3);
  const { id } = await scene.waiting();
  const back = (more: object, args: object = { amount: 3 }, by = token) =>
    ask(calling("pay", args, { ...withUrl, ...accepted, requestState, ...more }, 2), by).answer;
  const other = await scene.token("other");
  const refused = [
    await back({}, { amount: 4 }),
    await back({}, { amount: 3 }, other),
    await back({ requestState: `${requestState.slice(0, -2)}AA` }),
    await back({ requestState: "countersign.e30" }),
  ];
  for (const { message } of refused) assert.equal(message.error?.code, -32_602);
  const used = back({});
  await scene.attached(id);
  assert.equal((await back({})).message.error?.code, -32_602);
  await scene.decide(id, "deny", "No.");
  await used;
  const late = await firstAnswer(5);
  const waits = await scene.waiting();
  scene.clock.advance(10 * 60_000);
  const expired = calling(
    "pay",
    { amount: 5 },
    { ...withUrl, ...accepted, requestState: late.requestState },
    2,
  );
  assert.equal((await ask(expired).answer).message.error?.code, -32_602);
  await scene.decide(waits.id, "deny", "No.");
});

interface Task {
  readonly taskId: string;
  readonly status: string;
  readonly result?: Message["result"];
}

function task(method: string, taskId: string, by = token): Promise<Message> {
  const body = { jsonrpc: "2.0", id: 9, method, params: { taskId, ...withTasks } };
  const sent = send(scene.url, by, body, statelessHeaders(taskId, method));
  return sent.answer.then(({ message }) => message);
}

const taskOf = (message: Message) => message.result as unknown as Task;

async function begin(amount: number): Promise<string> {
  const { message } = await ask(calling("pay", { amount }, withTasks)).answer;
  assert.equal(message.result?.resultType, "task");
  const { taskId, status } = taskOf(message);
  assert.equal(status, "working");
  return taskId;
}

test("a client that takes tasks gets one, which runs when it is approved, whether it asks or not", async () => {
  const earlier = sentCalls().length;
  const id = await begin(10);
  assert.equal(taskOf(await task("tasks/get", id)).status, "working");
  await scene.decide(id, "approve");
  while (sentCalls().length === earlier) await new Promise((resolve) => setImmediate(resolve));
  let now = taskOf(await task("tasks/get", id));
  while (now.status === "working") now = taskOf(await task("tasks/get", id));
  assert.equal(now.status, "completed");
  assert.equal(now.result?.content?.[0]?.text, "done");
  assert.equal(sentCalls().length, earlier + 1);
});

test("a task that a person denies is completed with their words", async () => {
  const id = await begin(11);
  await scene.decide(id, "deny", "Not this one.");
  let now = taskOf(await task("tasks/get", id));
  while (now.status === "working") now = taskOf(await task("tasks/get", id));
  assert.equal(now.result?.isError, true);
  assert.match(now.result?.content?.[0]?.text ?? "", /Not this one\./);
});

test("a task is nobody's but its agent's, and can be cancelled by it", async () => {
  const id = await begin(12);
  const other = await scene.token("other");
  assert.equal((await task("tasks/get", id, other)).error?.code, -32_601);
  assert.equal((await task("tasks/cancel", id, other)).error?.code, -32_601);
  assert.equal((await scene.inbox()).length, 1);
  assert.equal((await task("tasks/cancel", id)).error, undefined);
  while ((await scene.inbox()).length > 0) await new Promise((resolve) => setImmediate(resolve));
});

test("an agent that tries variant after variant of what people deny asks nobody any more, and says so to no one but its log", async () => {
  const pay = (amount: number) => ask(calling("pay", { amount }, { _meta: statelessMeta }));
  scene.clock.advance(10 * 60_000);
  for (const amount of [101, 102, 103]) {
    const sent = pay(amount);
    await scene.decide((await scene.waiting()).id, "deny", "No.");
    await sent.answer;
  }
  for (let amount = 104; amount < 134; amount += 1) {
    const told = (await pay(amount).answer).message.result?._meta?.["countersign/refusal"];
    assert.equal(told?.code, "too_many_reviews");
  }
  assert.deepEqual(await scene.inbox(), []);
  scene.clock.advance(10 * 60_000);
  const later = pay(140);
  await scene.decide((await scene.waiting()).id, "approve");
  assert.equal((await later.answer).message.result?.content?.[0]?.text, "done");
});
