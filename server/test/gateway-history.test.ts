/** The history of a gateway that people and agents use: with real statements, rules and restarts. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { ActionDetail, ActionSummary } from "@countersign/sdk/wire/action";
import type { Connection } from "@countersign/sdk/wire/connection";
import type { Page } from "@countersign/sdk/wire/page";
import { type Folder, makeFolder, startTestGateway, type TestGateway } from "./support/gateway.ts";
import { startTestPostgres, type TestPostgres } from "./support/postgres.ts";

let postgres: TestPostgres;
let folder: Folder;

before(async () => {
  postgres = await startTestPostgres();
  folder = await makeFolder(postgres);
});
after(async () => {
  await folder.remove();
  await postgres.stop();
});

test("what ran, what was refused and what was approved is in the history, explained in the words of its time", async () => {
  const first = await startTestGateway(folder, postgres);
  const ada = await first.signIn("ada");
  const agent = await first.connect();
  await agent.client.query("select 1");
  await assert.rejects(agent.client.query("drop table customers"));
  await assert.rejects(agent.client.query("prepare transaction 'x'"));
  const waits = agent.client.query("delete from customers where id = 22");
  const review = await agent.held();
  const shop = (await first.call("/connections/shop", ada)).body as Connection;
  assert.equal(shop.pending, 1);
  await first.decide(review, ada, "approve");
  assert.equal((await waits).rowCount, 1);
  await agent.client.end();
  await first.stop();

  const rules = join(folder.path, "policies", "rules.cedar");
  const text = await readFile(rules, "utf8");
  await writeFile(rules, text.replace("An agent may not drop", "Nobody may drop"));
  const second = await startTestGateway(folder, postgres);
  const token = await second.signIn("ada");
  const [approved, notCarried, dropped, ran] = await historyOf(second, token);
  assert.deepEqual(
    [approved, notCarried, dropped, ran].map((each) => [each?.command, each?.decision]),
    [
      ["delete from customers where id = 22", "review"],
      ["prepare transaction 'x'", "deny"],
      ["drop table customers", "deny"],
      ["select 1", "allow"],
    ],
  );
  assert.equal(approved?.reviewId, review);
  assert.deepEqual(approved?.outcome, {
    type: "execution.completed",
    detail: "DELETE 1",
    rows: 1,
  });
  assert.equal(ran?.outcome?.detail, "SELECT 1");
  const explained = async (summary: ActionSummary | undefined) =>
    (await second.call(`/actions/${summary?.id}`, token)).body as ActionDetail;
  const forbidden = await explained(dropped);
  assert.equal(forbidden.cause, "forbidden");
  assert.deepEqual(forbidden.reasons, [
    {
      policy: "agents-never-drop",
      text: "An agent may not drop or truncate anything; a person does that by hand.",
    },
  ]);
  assert.equal(forbidden.policySet.inForce, false);
  const own = await explained(notCarried);
  assert.equal(own.reasons[0]?.policy, "gateway");
  assert.notEqual(own.reasons[0]?.text, "");
  assert.deepEqual((await explained(approved)).quorum, [{ group: "dba", needed: 1 }]);
  await second.stop();
});

test("what a rule masks in a result is told with the review that waits, and later with the action", async (context) => {
  const policies = `
    @id("customers-masked") @review("1 of dba") @reason("They wait.")
    @mask("email, public.customers.phone: partial")
    permit (principal, action, resource);`;
  const masking = await makeFolder(postgres, { policies });
  context.after(masking.remove);
  const gateway = await startTestGateway(masking, postgres);
  context.after(gateway.stop);
  const ada = await gateway.signIn("ada");
  const agent = await gateway.connect();
  const waits = agent.client.query("select count(*) from orders").catch(() => "gone");
  const review = await gateway.review(await agent.held(), ada);
  const masks = [
    { target: "email", masker: "redact" },
    { target: "public.customers.phone", masker: "partial" },
  ];
  assert.deepEqual(review.masks, masks);
  const action = (await gateway.call(`/actions/${review.actionId}`, ada)).body as ActionDetail;
  assert.deepEqual(action.masks, masks);
  await gateway.decide(review.id, ada, "deny", "not now");
  await waits;
  await agent.client.end();
});

/** Of the agent alone: the gateway's own look-ups are in the history too. */
async function historyOf(gateway: TestGateway, token: string): Promise<readonly ActionSummary[]> {
  const { body } = await gateway.call("/actions?principal=bot", token);
  return (body as Page<ActionSummary>).items;
}
