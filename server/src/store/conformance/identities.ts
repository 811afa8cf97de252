/** Executions, agents, people, links and sessions. */
import assert from "node:assert/strict";
import type { ActionId } from "#/core/ids.ts";
import type { SignInLink, SignInSession } from "#/store/stored.ts";
import { draft, personId } from "./fixtures.ts";
import { nameOf, range, type StoreTest } from "./harness.ts";

const link: SignInLink = {
  hash: "link",
  person: personId("p"),
  assurance: "local-demo",
  vouchers: [personId("q"), personId("r")],
  createdAt: 1,
  expiresAt: 2,
};
const signedIn: SignInSession = { ...link, hash: "session", expiresAt: 99, idleUntil: 10 };

export function testExecutionsAndIdentities(storeTest: StoreTest): void {
  void storeTest(
    "an execution is pending from its begin to its end, also over a restart",
    async (store, reopen) => {
      const begun = (name: string, at: number) => draft(name, { at, execution: "begun" });
      const ended = (name: string) => draft(name, { execution: "ended" });
      await Promise.all([
        store.append([begun("first", 7)]),
        store.append([draft("told"), begun("second", 8), draft("told too")]),
        store.append([begun("third", 9)]),
      ]);
      const [first, second, third] = ["first", "second", "third"].map((name, at) => ({
        action: `act_${name}` as ActionId,
        beganAt: 7 + at,
      }));
      assert.deepEqual(await store.pendingExecutions(), [first, second, third]);
      await store.append([begun("fourth", 10), ended("second")]);
      await store.append([ended("fourth")]);
      const again = await reopen();
      assert.deepEqual(await again.pendingExecutions(), [first, third]);
      await again.append([
        ended("third"),
        draft("long", { payload: { command: "x".repeat(100_000) } }),
        ended("first"),
      ]);
      assert.deepEqual(await again.pendingExecutions(), []);
      const names = (await again.records(0, 20)).map(nameOf);
      const together = new Set(["first", "second", "third", "told", "told too"]);
      assert.deepEqual(new Set(names.slice(0, 5)), together);
      assert.deepEqual(names.slice(5), ["fourth", "second", "fourth", "third", "long", "first"]);
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
    await store.saveSignInLink(link, [draft("made")]);
    assert.deepEqual(await store.signInLink("link"), { ...link, used: false });
    const sessions = range(50).map(
      (racer): SignInSession => ({ ...signedIn, hash: `session-${racer}` }),
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
    const late: SignInSession = { ...signedIn, hash: "late" };
    assert.deepEqual(await again.signInLink("link"), { ...link, used: true });
    assert.equal(await again.redeemSignInLink("link", late, [draft("late")]), "used");
    assert.equal(await again.redeemSignInLink("none", late, [draft("late")]), "unknown");
    assert.equal(await again.signInLink("none"), null);
    const names = (await again.records(0, 99)).map(nameOf);
    assert.deepEqual(names, ["made", winners[0]?.hash]);
  });

  void storeTest(
    "a session that has ended is gone, and its end is on record once",
    async (store) => {
      await store.saveSignInLink(link, [draft("made")]);
      await store.redeemSignInLink("link", signedIn, [draft("redeemed")]);
      const ends = await Promise.all(
        range(5).map((at) => store.endSignInSession("session", [draft(`ended ${at}`)])),
      );
      assert.equal(ends.filter((answer) => answer === "ended").length, 1);
      assert.equal(await store.signInSession("session"), null);
      await store.touchSignInSession("session", 98);
      assert.equal(await store.signInSession("session"), null, "use does not bring it back");
      assert.equal((await store.records(0, 99)).length, 3);
    },
  );

  void storeTest("use moves a session's idle limit, without a record", async (store, reopen) => {
    await store.saveSignInLink(link, [draft("made")]);
    await store.redeemSignInLink("link", signedIn, [draft("redeemed")]);
    await store.touchSignInSession("session", 55);
    const again = await reopen();
    assert.deepEqual(await again.signInSession("session"), { ...signedIn, idleUntil: 55 });
    assert.equal((await again.logHead()).size, 2);
  });

  void storeTest("what is over is purged, and nothing that still counts", async (store) => {
    const make = async (name: string, ends: Partial<SignInSession>, linkExpiresAt: number) => {
      const made = { ...link, hash: `link ${name}`, expiresAt: linkExpiresAt };
      await store.saveSignInLink(made, [draft("made")]);
      await store.redeemSignInLink(made.hash, { ...signedIn, hash: name, ...ends }, []);
    };
    await make("idle", { expiresAt: 99, idleUntil: 9 }, 4);
    await make("expired", { expiresAt: 9, idleUntil: null }, 4);
    await make("expired in use", { expiresAt: 9, idleUntil: 99 }, 4);
    await make("due", { expiresAt: 10, idleUntil: 10 }, 5);
    await make("lasting", { expiresAt: 99, idleUntil: null }, 99);
    await store.purgeSignIns(10, 5);
    const names = ["idle", "expired", "expired in use", "due", "lasting"];
    const left = await Promise.all(
      names.map(async (name) => [
        (await store.signInSession(name)) !== null,
        (await store.signInLink(`link ${name}`)) !== null,
      ]),
    );
    const [gone, kept] = [
      [false, false],
      [true, true],
    ];
    assert.deepEqual(left, [gone, gone, gone, kept, kept]);
  });
}
