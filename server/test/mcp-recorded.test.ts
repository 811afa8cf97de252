/** What is durable of a call when its server sees it, and after a kill in between. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { ActionSummary } from "@countersign/sdk/wire/action";
import type { Page } from "@countersign/sdk/wire/page";
import type { RecordDraft, RecordType } from "#/core/record.ts";
import type { Store } from "#/store/store.ts";
import { type McpGateway, openMcpGateway, policiesHolding } from "./support/mcp-gateway.ts";
import { calling, send, startMcpScene } from "./support/mcp-scene.ts";
import { type Answer, json, type Received, startToolServer } from "./support/tool-server.ts";

const tools = ["look", "pay"].map((name) => ({ name, inputSchema: { type: "object" } }));
const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };

const serve: Answer = ({ body }, response) => {
  const { id, method } = JSON.parse(body) as { readonly id: unknown; readonly method: string };
  const result =
    method === "tools/list" ? { tools } : { content: [{ type: "text", text: "done" }] };
  json(response, { jsonrpc: "2.0", id, result });
};

test("a call is not sent before its decision is durable, nor ever if it can't be made so", async (t) => {
  const { scene, watch, token } = await open(t);
  const write = watch.hold("action.allowed");
  const earlier = scene.server.received.length;
  const sent = send(scene.url, token, calling("look"));
  await write.reached;
  // What else is asked meanwhile comes and goes.
  await send(scene.url, token, list).answer;
  assert.equal(callsOf(scene.server.received.slice(earlier)).length, 0);
  write.release();
  assert.equal((await sent.answer).message.result?.content?.[0]?.text, "done");
  assert.equal(callsOf(scene.server.received.slice(earlier)).length, 1);

  watch.fail("action.allowed");
  const refused = (await send(scene.url, token, calling("look")).answer).message.result;
  assert.equal(refused?._meta?.["countersign/refusal"]?.code, "recording_failed");
  assert.equal(callsOf(scene.server.received.slice(earlier)).length, 1);
});

const reads = [
  { jsonrpc: "2.0", id: 7, method: "resources/read", params: { uri: "file:///a" } },
  { jsonrpc: "2.0", id: 8, method: "prompts/get", params: { name: "a" } },
];

test("a read of a resource and a prompt is begun on record before its server sees it and anything of it passes, and ended behind it", async (t) => {
  const { scene, watch, token } = await open(t);
  for (const read of reads) {
    const write = watch.hold("action.allowed");
    const earlier = scene.server.received.length;
    const sent = send(scene.url, token, read);
    let isAnswered = false;
    void sent.answer.then(() => {
      isAnswered = true;
    });
    await write.reached;
    await send(scene.url, token, list).answer;
    assert.deepEqual([scene.server.received.length - earlier, isAnswered], [1, false]);
    const [begun] = watch.drafts.slice(-1);
    assert.deepEqual([begun?.type, begun?.execution], ["action.allowed", "begun"]);
    write.release();
    assert.equal((await sent.answer).status, 200);
    scene.clock.advance(1_000);
    await watch.written();
    assert.deepEqual(await watch.store().pendingExecutions(), []);
  }
  watch.fail("action.allowed");
  const earlier = scene.server.received.length;
  for (const read of reads) {
    const { error } = (await send(scene.url, token, read).answer).message;
    assert.equal(error?.data?.["countersign/refusal"]?.code, "recording_failed");
  }
  assert.equal(scene.server.received.length, earlier);
});

test("a read that kill -9 cut off is on record as of unknown outcome, and is not sent again", async (t) => {
  const { gateway, server } = await openToBeKilled(t);
  server.answer(async () => gateway.gateway.kill());
  const [read] = reads;
  await assert.rejects(send(gateway.url("desk"), gateway.token, read).answer);
  const second = await startAgain(t, gateway);
  const path = "/actions?decision=allow&verb=mcp.read&asker=clients&limit=100";
  const page = (await second.gateway.call(path, second.reviewer)).body as Page<ActionSummary>;
  assert.deepEqual(
    page.items.map(({ outcome }) => outcome?.type),
    ["execution.unknown"],
  );
  assert.equal(server.received.filter(({ body }) => body.includes("resources/read")).length, 1);
});

test("neither an answer nor the next call waits for the record of the outcome, which rides along with that call's own", async (t) => {
  const { scene, watch, token } = await open(t);
  const look = async (n: number) => {
    const { message } = await send(scene.url, token, calling("look", { n })).answer;
    assert.equal(message.result?.content?.[0]?.text, "done");
  };
  await look(1);
  watch.commits.length = 0;
  await look(2);
  await look(3);
  assert.deepEqual(watch.commits, [
    ["execution.completed", "action.allowed"],
    ["execution.completed", "action.allowed"],
  ]);
  scene.clock.advance(1_000);
  assert.deepEqual(watch.commits.slice(2), [["execution.completed"]]);
  await watch.written();
  assert.deepEqual(await watch.store().pendingExecutions(), []);
});

test("whatever calls a server was sent are on record after kill -9, those under way as unknown, and none is sent again", async (t) => {
  const { gateway, server } = await openToBeKilled(t);
  await send(gateway.url("desk"), gateway.token, list).answer;
  const callsMax = 100;
  server.answer(async (request, response) => {
    if (callsOf(server.received).length === callsMax) await gateway.gateway.kill();
    await serve(request, response);
  });
  const answered: string[] = [];
  const callers = Array.from({ length: 16 }, async (_, caller) => {
    for (let turn = 0; ; turn += 1) {
      const name = `${caller}-${turn}`;
      await send(gateway.url("desk"), gateway.token, calling("look", { name })).answer;
      answered.push(name);
    }
  });
  await Promise.allSettled(callers);
  const sent = callsOf(server.received);
  assert.ok(sent.length >= callsMax && answered.length < sent.length);

  const second = await startAgain(t, gateway);
  const endings = await endingsOf(second);
  for (const name of sent) assert.equal(endings.get(name)?.length, 1, name);
  const unknown = sent.filter((name) => endings.get(name)?.[0] === "execution.unknown");
  const underWay = sent.filter((name) => !answered.includes(name));
  for (const name of underWay) assert.ok(unknown.includes(name), name);
  assert.deepEqual(callsOf(server.received), sent);
});

test("an approved call that kill -9 cut off is unknown, and the same call again is asked about anew", async (t) => {
  const { gateway, server } = await openToBeKilled(t, policiesHolding("pay"));
  await send(gateway.url("desk"), gateway.token, list).answer;
  server.answer(async () => gateway.gateway.kill());
  const cut = send(gateway.url("desk"), gateway.token, calling("pay", { name: "rent" }));
  const first = await gateway.nextReview();
  await gateway.gateway.decide(first.id, gateway.reviewer, "approve").catch(() => undefined);
  await assert.rejects(cut.answer);
  assert.deepEqual(callsOf(server.received), ["rent"]);

  server.answer(serve);
  const second = await startAgain(t, gateway);
  const left = await second.gateway.review(first.id, second.reviewer);
  assert.equal(left.execution?.state, "outcome_unknown");
  const again = send(second.url("desk"), second.token, calling("pay", { name: "rent" }));
  const other = await second.nextReview();
  assert.notEqual(other.id, first.id);
  assert.deepEqual(callsOf(server.received), ["rent"]);
  await second.gateway.decide(other.id, second.reviewer, "approve");
  assert.equal((await again.answer).message.result?.content?.[0]?.text, "done");
  assert.deepEqual(callsOf(server.received), ["rent", "rent"]);
});

async function open(t: TestContext) {
  const watch = watchAppends();
  const options = { policies: policiesHolding(), answer: serve, wrapStore: watch.wrap };
  const scene = await startMcpScene(options);
  t.after(() => scene.close());
  const token = await scene.token();
  await send(scene.url, token, list).answer;
  return { scene, watch, token };
}

/** Appends of records as they come, of which the next with a type can be held up, or all fail. */
function watchAppends() {
  const commits: RecordType[][] = [];
  const drafts: RecordDraft[] = [];
  let inner: Store | null = null;
  let held: { type: RecordType; reach: () => void; released: Promise<void> } | null = null;
  let failing: RecordType | null = null;
  let last = Promise.resolve();
  async function append(records: readonly RecordDraft[]): Promise<void> {
    const types = records.map(({ type }) => type);
    commits.push(types);
    drafts.push(...records);
    const own = held !== null && types.includes(held.type) ? held : null;
    if (own !== null) held = null;
    own?.reach();
    await own?.released;
    assert(inner !== null && (failing === null || !types.includes(failing)), "the disk is full");
    await inner.append(records);
  }
  return {
    commits,
    drafts,
    /** Once the last of them is durable. */
    written: () => last,
    store: () => inner ?? assert.fail("the store is open"),
    wrap(store: Store): Store {
      inner = store;
      return {
        ...store,
        append: (records) => {
          last = append(records);
          return last;
        },
      };
    },
    hold(type: RecordType) {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      held = { type, reach: reached.resolve, released: released.promise };
      return { reached: reached.promise, release: released.resolve };
    },
    fail(type: RecordType) {
      failing = type;
    },
  };
}

/** The gateway in a process of its own, its server in this one. */
async function openToBeKilled(t: TestContext, policies = policiesHolding()) {
  const server = await startToolServer(serve);
  t.after(() => server.close());
  const gateway = await openMcpGateway({ desk: { upstream: { url: server.url } } }, policies);
  t.after(() => gateway.close());
  return { gateway, server };
}

async function startAgain(t: TestContext, gateway: McpGateway): Promise<McpGateway> {
  const again = await gateway.startAgain();
  t.after(() => again.gateway.stop());
  return again;
}

/** The names that calls bear in their arguments, of those that a server was sent. */
function callsOf(received: readonly Received[]): readonly string[] {
  return received.flatMap(({ body }) => {
    const { method, params } = JSON.parse(body) as CallText;
    return method === "tools/call" ? [params.arguments.name ?? ""] : [];
  });
}

interface CallText {
  readonly method: string;
  readonly params: { readonly arguments: { readonly name?: string } };
}

/** How each call on record ended, by its name. */
async function endingsOf({ gateway, reviewer }: McpGateway) {
  const endings = new Map<string, (string | undefined)[]>();
  const first = "/actions?decision=allow&verb=mcp.call&limit=100";
  for (let next: string | null = first; next !== null; ) {
    const page = (await gateway.call(next, reviewer)).body as Page<ActionSummary>;
    for (const { command, outcome } of page.items) {
      const [name = ""] = callsOf([{ body: asMessage(command ?? "") } as Received]);
      endings.set(name, [...(endings.get(name) ?? []), outcome?.type]);
    }
    next = page.next === null ? null : `${first}&cursor=${page.next}`;
  }
  return endings;
}

/** A command is of the call what reaches the tool. */
function asMessage(command: string): string {
  const { method, ...params } = JSON.parse(command) as { readonly method: string };
  return JSON.stringify({ method, params });
}
