/** Executions, agents, people, links and sessions. */
import assert from "node:assert/strict";
import type { ActionId } from "#/core/ids.ts";
import type { SignInSession } from "#/store/store.ts";
import { draft, personId } from "./fixtures.ts";
import { nameOf, range, type StoreTest } from "./harness.ts";

export function testExecutionsAndIdentities(storeTest: StoreTest): void {
  void storeTest(
    "an execution is pending from its begin to its end, also over a restart",
    async (store, reopen) => {
      const begun = { action: "act_begun" as ActionId, beganAt: 7 };
      const ended = { action: "act_ended" as ActionId, beganAt: 8 };
      await store.beginExecution(begun, [draft("begun")]);
      await store.beginExecution(ended, [draft("begun too")]);
      assert.deepEqual(await store.pendingExecutions(), [begun, ended]);
      await store.endExecution(ended.action, [draft("ended")]);
      const again = await reopen();
      assert.deepEqual(await again.pendingExecutions(), [begun]);
      await again.endExecution(begun.action, [draft("settled")]);
      assert.deepEqual(await again.pendingExecutions(), []);
      const names = (await again.records(0, 10)).map(nameOf);
      assert.deepEqual(names, ["begun", "begun too", "ended", "settled"]);
    },
  );

  void storeTest("an agent of the same name is replaced", async (store) => {
    const agent = {
      name: "importer",
      owner: null,
      scramVerifier: "SCRAM-SHA-256$1",
      tokenHash: "aa",
      createdAt: 1,
    };
    const other = { ...agent, name: "exporter", owner: personId("owner") };
    await store.saveAgent(agent, [draft("enrolled")]);
    await store.saveAgent(other, [draft("enrolled")]);
    const renewed = { ...agent, tokenHash: "bb", createdAt: 2 };
    await store.saveAgent(renewed, [draft("renewed")]);
    const agents = await store.agents();
    assert.deepEqual(new Set(agents.map(({ name }) => name)), new Set(["importer", "exporter"]));
    assert.deepEqual(
      agents.find(({ name }) => name === "importer"),
      renewed,
    );
    assert.deepEqual(
      agents.find(({ name }) => name === "exporter"),
      other,
    );
  });

  void storeTest("a person is known since the first time they were seen", async (store, reopen) => {
    const times = await Promise.all(
      range(10).map((at) => store.personSince(personId("p"), 100 + at)),
    );
    assert.equal(new Set(times).size, 1);
    const again = await reopen();
    assert.equal(await again.personSince(personId("p"), 500), times[0]);
    assert.equal(await again.personSince(personId("q"), 500), 500);
  });

  void storeTest("a sign-in link is redeemed once, by one of many", async (store, reopen) => {
    const link = { hash: "link", person: personId("p"), createdAt: 1, expiresAt: 2 };
    await store.saveSignInLink(link, [draft("made")]);
    assert.deepEqual(await store.signInLink("link"), link);
    const sessions = range(50).map(
      (racer): SignInSession => ({ ...link, hash: `session-${racer}`, expiresAt: 99 }),
    );
    const answers = await Promise.all(
      sessions.map((session) => store.redeemSignInLink("link", session, [draft(session.hash)])),
    );
    const winners = sessions.filter((_, racer) => answers[racer] === "redeemed");
    assert.equal(winners.length, 1);
    assert.equal(answers.filter((answer) => answer === "used").length, 49);

    const again = await reopen();
    for (const session of sessions) {
      const stored = await again.signInSession(session.hash);
      assert.deepEqual(stored, session === winners[0] ? session : null);
    }
    const late: SignInSession = { ...link, hash: "late" };
    assert.equal(await again.redeemSignInLink("link", late, [draft("late")]), "used");
    assert.equal(await again.redeemSignInLink("none", late, [draft("late")]), "unknown");
    assert.equal(await again.signInLink("none"), null);
    const names = (await again.records(0, 99)).map(nameOf);
    assert.deepEqual(names, ["made", winners[0]?.hash]);
  });
}
