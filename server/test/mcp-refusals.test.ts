/** What an agent hears of a call that did not run, or of which nobody knows: a code for a machine, a sentence for a model. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { calling, type McpScene, type Message, send, startMcpScene } from "./support/mcp-scene.ts";
import { json } from "./support/tool-server.ts";

const policies = `
  @id("agents-call")
  permit (principal, action in Countersign::Action::"mcp", resource);
  @id("people-see-payments") @review("1 of ops") @ttl("1m") @reason("Money moves.")
  permit (principal, action == Countersign::Action::"mcp.call", resource)
  when { context.tool == "pay" };
`;

let scene: McpScene;
let token: string;

before(async () => {
  scene = await startMcpScene({
    policies,
    answer({ body }, response) {
      const { id, method } = JSON.parse(body) as { readonly id: unknown; readonly method: string };
      if (method === "tools/call") response.destroy();
      else json(response, { jsonrpc: "2.0", id, result: { tools: [{ name: "pay" }] } });
    },
  });
  token = await scene.token();
  await send(scene.url, token, { jsonrpc: "2.0", id: 1, method: "tools/list" }).answer;
});
after(() => scene.close());

const ends: readonly {
  readonly what: string;
  readonly end: (review: string) => unknown;
  readonly told: readonly [code: string, retry: string];
  readonly text: RegExp;
}[] = [
  {
    what: "denied",
    end: (review) => scene.decide(review, "deny", "not to them"),
    told: ["denied_by_reviewer", "never"],
    text: /They say: "not to them" Do not call it again, do not try to reach the same/,
  },
  {
    what: "sent back",
    end: (review) => scene.decide(review, "request_changes", "half of it"),
    told: ["changes_requested", "after_change"],
    text: /They say: "half of it" Call the tool again only with what they ask for/,
  },
  {
    what: "not decided in time",
    async end() {
      // What is due is looked for again and again, each time after the last.
      for (let ms = 60_000; (await scene.inbox()).length > 0; ms = 1_000) scene.clock.advance(ms);
    },
    told: ["review_expired", "later"],
    text: /You may propose it again\. Nothing was done\. Do not look for another way\./,
  },
  {
    what: "sent, and its server lost,",
    end: (review) => scene.decide(review, "approve"),
    told: ["outcome_unknown", "never"],
    text: /Do not call it again: it may have happened/,
  },
];

for (const [at, { what, end, told, text }] of ends.entries()) {
  test(`a call that is ${what} has a code of its own, and says what to do and what not`, async () => {
    const pay = calling("pay", { amount: at }, { _meta: { progressToken: at } });
    const sent = send(scene.url, token, pay);
    const { id } = await scene.waiting();
    await scene.attached(id);
    await end(id);
    const heard = toldOf((await sent.answer).message);
    assert.deepEqual([heard.code, heard.retry, heard.review], [...told, id]);
    assert.match(heard.text, text);
  });
}

function toldOf({ result }: Message) {
  assert.equal(result?.isError, true);
  const refusal = result._meta?.["countersign/refusal"] ?? assert.fail("no code");
  return { ...refusal, text: result.content?.[0]?.text ?? "" };
}
