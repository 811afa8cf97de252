/** The inbox and verdicts from the command line: what is asked of a person, what comes of it, and what is refused. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReviewDetail, ReviewSummary } from "@countersign/sdk/wire/review";
import type { VerdictAnswer } from "@countersign/sdk/wire/verdict";
import type { Effect } from "../../server/src/core/effect.ts";
import { applyEvent } from "../../server/src/review/life.ts";
import { startedAt } from "../../server/test/support/api.ts";
import { errorOf, openBesideGateway } from "./command.test-support.ts";

test("an empty inbox says so, and is an empty list to a script", async (context) => {
  const { shell } = await openBesideGateway(context);
  assert.deepEqual(await shell.run("inbox"), {
    code: 0,
    out: "Nothing waits for a decision.\n",
    err: "",
  });
  assert.deepEqual(await shell.run("inbox", "--json"), { code: 0, out: "[]\n", err: "" });
  assert.equal((await shell.run("inbox", "--state", "all")).out, "There are no reviews yet.\n");
});

test("the inbox says which, whose, what, and for whom, within 80 columns", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const command = `\n  delete from customers\n where ${"x".repeat(300)}`;
  const quorum = [{ group: "dba", needed: 2 }];
  const { id } = await api.hold({ command, quorum });
  api.clock.advance(125_000);
  const { code, out, err } = await shell.run("inbox");
  assert.deepEqual([code, err], [0, ""]);
  assert.ok(out.split("\n").every((line) => line.length <= 80));
  assert.equal(
    out,
    [
      `${id}  2m ago, 3h 58m left`,
      "  Delete rows of customers in shop, production",
      "  importer on shop (production)  0 of 2 dba",
      "  | delete from customers (+2 lines)",
      "",
      `1 review waits. Look at one: countersign show ${id}`,
      "",
    ].join("\n"),
  );
});

test("the inbox as JSON is the list that scripts were promised", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const review = await api.hold();
  const { out } = await shell.run("inbox", "--json");
  assert.deepEqual(JSON.parse(out), [
    {
      id: review.id,
      actionId: review.action.id,
      headline: "Delete rows of customers in shop, production",
      state: "pending",
      voidedBy: null,
      signs: [],
      verb: "sql.write",
      connection: "shop",
      environment: "production",
      principal: { kind: "agent", name: "importer" },
      onBehalfOf: null,
      command: "delete from customers where id = $1",
      digest: review.digest,
      reasons: [{ policy: "writes-wait", text: "Writes wait for a person." }],
      quorum: [{ group: "dba", needed: 1, given: [] }],
      openedAt: new Date(startedAt).toISOString(),
      expiresAt: new Date(review.expiresAt).toISOString(),
    },
  ] satisfies readonly ReviewSummary[]);
  const denied = await shell.run("inbox", "--json", "--state", "denied");
  assert.deepEqual(JSON.parse(denied.out), []);
});

test("an approval shows what it approves, and says what comes of it", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id } = await api.hold();
  const { code, out, err } = await shell.run("approve", id);
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, / {2}\| delete from customers where id = \$1\n/);
  assert.match(out, / {2}\| \$1 = 7\n {2}\| \$2 = <BYTES 2> {2}\(binary\)\n {2}\| \$3 = NULL\n/);
  assert.match(out, new RegExp(`^${id}  approved\n`));
  assert.match(out, /needs {5}1 of 1 dba \(dana\)\n/);
  assert.match(out, /Approved\. The session that waits runs it now\.\n$/);
  assert.equal((await api.deps.store.review(id))?.state, "approved");
});

test("an approval of no more than so many rows is shown as one, beside the limit that binds", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const quorum = [
    { group: "dba", needed: 1 },
    { group: "security", needed: 1 },
  ];
  const { id, digest } = await api.hold({ quorum, rows: { max: 20, policy: "small" } });
  assert.match((await shell.run("show", id)).out, /limit {5}at most 20 rows, by rule small\n/);
  const { code, out } = await shell.run("approve", id, "--max-rows", "5");
  assert.equal(code, 0);
  assert.match(out, /limit {5}at most 5 rows, set by dana\n/);
  assert.match(out, /dana approved 0s ago \(local-demo, at most 5 rows\)/);
  const effect: Effect = {
    basis: "measured",
    rows: 7,
    at: startedAt,
    reason: null,
    caveat: null,
    sample: null,
  };
  await applyEvent(api.deps.reviews, id, { kind: "effect", digest, effect });
  const shown = await shell.run("show", id);
  assert.match(shown.out, /at most 5 rows, set by dana: it would be undone/);
});

test("a number of rows goes with an approval alone, and is one", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id } = await api.hold();
  for (const args of [
    ["approve", id, "--max-rows", "0"],
    ["approve", id, "--max-rows", "many"],
    ["approve", id, "--max-rows", "1000000001"],
    ["deny", id, "-m", "no", "--max-rows", "5"],
  ]) {
    assert.equal((await shell.run(...args)).code, 2, args.join(" "));
  }
  const facts = { ...(await api.hold()).action.facts, uncounted: "It does more." };
  const more = await api.hold({ action: { facts } });
  const refused = await shell.run("approve", more.id, "--max-rows", "5", "--json");
  assert.equal(errorOf(refused).code, "review.rows_uncounted");
  assert.match((await shell.run("show", more.id)).out, /limit {5}none can be set\. It does more\./);
});

test("an approval that is not enough says what is still missing", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const quorum = [
    { group: "dba", needed: 2 },
    { group: "security", needed: 1 },
  ];
  const { id } = await api.hold({ quorum });
  const { code, out } = await shell.run("approve", id, "-m", "looks right");
  assert.equal(code, 0);
  assert.match(
    out,
    /Your approval counts\. It runs once these approve too: 1 of dba and 1 of security\.\n$/,
  );
  const shown = await shell.run("show", id);
  assert.match(shown.out, /1 of 2 dba \(dana\), 0 of 1 security/);
  assert.match(shown.out, /verdict {3}dana approved 0s ago \(local-demo\): looks right/);
});

for (const [command, state, told] of [
  ["deny", "denied", /Denied\. It does not run; importer is told why\.\n$/],
  [
    "request-changes",
    "changes_requested",
    /Changes requested\. It does not run; importer is told what to change, and .+ new review\.\n$/,
  ],
] as const) {
  test(`${command} takes a reason, and is wrong use without one`, async (context) => {
    const { api, shell } = await openBesideGateway(context);
    const { id } = await api.hold();
    for (const silent of [[], ["-m", " "]]) {
      const refused = await shell.run(command, id, ...silent);
      assert.deepEqual([refused.code, refused.out], [2, ""], silent.join());
      assert.equal(
        refused.err,
        `countersign: Say why, for the agent and the record: -m "…" [cli.usage]\n(countersign ${command} --help says what it takes)\n`,
      );
    }
    const help = await shell.run(command, "--help");
    assert.match(help.out, /^Usage: countersign \S+ <id> -m "…" \[options\]\n/);
    assert.match(help.out, /--message <text> .*\(required\)/);
    assert.equal((await api.deps.store.review(id))?.state, "pending");
    const { code, out } = await shell.run(command, id, "-m", "Not now.");
    assert.equal(code, 0);
    assert.match(out, told);
    const review = await api.deps.store.review(id);
    assert.deepEqual([review?.state, review?.verdicts[0]?.comment], [state, "Not now."]);
  });
}

test("who can't decide is told why instead of how, and a verdict says nothing but that", async (context) => {
  const { api, shell } = await openBesideGateway(context, { demoPerson: "olga" });
  const { id } = await api.hold();
  const reason = "olga answers for agent importer, so olga can't decide on what it asks for.";
  const shown = await shell.run("show", id);
  assert.equal(shown.code, 0);
  assert.doesNotMatch(shown.out, /countersign (approve|deny|request-changes)/);
  assert.ok(shown.out.replaceAll(/\s+/g, " ").includes(`You can't decide on it: ${reason}`));
  const json = JSON.parse((await shell.run("show", id, "--json")).out) as ReviewDetail;
  assert.deepEqual(json.mayDecide, { allowed: false, reason, refuse: false });
  assert.deepEqual(await shell.run("approve", id), {
    code: 1,
    out: "",
    err: `countersign: ${reason} [review.requester]\n`,
  });
});

test("who can decide is told how", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id } = await api.hold();
  const { out } = await shell.run("show", id);
  const { view } = JSON.parse((await shell.run("show", id, "--json")).out) as ReviewDetail;
  assert.ok(out.includes(`\n  countersign approve ${id} --view ${view.digest.slice(0, 12)}\n`));
  assert.doesNotMatch(out, /can't decide/);
});

test("an action's id stands for the review that belongs to it, and says that it does", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id, action } = await api.hold();
  await api.hold();
  for (const typed of [action.id, action.id.toUpperCase()]) {
    const { code, out } = await shell.run("show", typed);
    assert.equal(code, 0);
    assert.ok(out.startsWith(`${action.id} is an action. This is the review that belongs to it:`));
    assert.match(out, new RegExp(`^${id}  pending$`, "m"));
  }
  const json = await shell.run("show", action.id, "--json");
  assert.equal((JSON.parse(json.out) as ReviewDetail).id, id);
  const other = `act_${"0".repeat(26)}`;
  const unknown = await shell.run("show", other, "--json");
  assert.deepEqual([unknown.code, errorOf(unknown).code], [1, "cli.unknown_id"]);
  assert.ok(errorOf(unknown).message.includes(`countersign log proof ${other}`));
});

test("a verdict as JSON is the answer alone", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id, action, digest } = await api.hold();
  const { code, out, err } = await shell.run("approve", id, "--json");
  assert.deepEqual([code, err], [0, ""]);
  const expected = { id, actionId: action.id, state: "approved", digest } as const;
  assert.deepEqual(JSON.parse(out), expected satisfies VerdictAnswer);
});

test("a verdict that is refused exits with 1 and the gateway's code", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id } = await api.hold();
  await shell.run("approve", id);
  const again = await shell.run("approve", id);
  assert.equal(again.code, 1);
  assert.equal(again.out, "", "nothing that looks like a review that still waits");
  assert.match(again.err, /^countersign: It was approved by dana\. \[review\.already_decided\]\n$/);
  const json = await shell.run("deny", id, "-m", "no", "--json");
  assert.deepEqual([json.code, json.err], [1, ""]);
  assert.deepEqual(errorOf(json), {
    code: "review.already_decided",
    message: "It was approved by dana.",
  });
});

test("an action that changed is not approved by the digest of what it was", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id, digest } = await api.hold();
  const other = digest.startsWith("0") ? "1".repeat(12) : "0".repeat(12);
  const stale = await shell.run("approve", id, "--digest", other, "--json");
  assert.deepEqual([stale.code, errorOf(stale).code], [1, "cli.digest_mismatch"]);
  for (const short of ["0123456789a", "x".repeat(12), ""]) {
    const wrong = await shell.run("approve", id, "--digest", short, "--json");
    assert.deepEqual([wrong.code, errorOf(wrong).code], [2, "cli.usage"], short);
  }
  assert.equal((await api.deps.store.review(id))?.state, "pending");
  const upper = digest.slice(0, 12).toUpperCase();
  assert.equal((await shell.run("approve", id, "--digest", upper)).code, 0);
});

test("a review is named by the beginning of its id, if it is the only one that waits", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const first = await api.hold();
  const part = first.id.slice(0, 10);
  assert.equal((await shell.run("approve", part)).code, 0);
  const second = await api.hold();
  const third = await api.hold();
  const ambiguous = await shell.run("approve", part, "--json");
  assert.deepEqual([ambiguous.code, errorOf(ambiguous).code], [2, "cli.ambiguous_id"]);
  assert.ok([second, third].every(({ id }) => errorOf(ambiguous).message.includes(id)));
  assert.ok(!errorOf(ambiguous).message.includes(first.id), "a decided one is not meant");
  assert.equal((await shell.run("approve", second.id.toUpperCase().slice(4))).code, 0);
  for (const [typed, code, exit] of [
    ["rev_zzz", "cli.unknown_id", 1],
    ["rev_00000000000000000000000000", "review.not_found", 1],
    ["delete from", "cli.usage", 2],
    ["../log", "cli.usage", 2],
  ] as const) {
    const refused = await shell.run("show", typed, "--json");
    assert.deepEqual([refused.code, errorOf(refused).code], [exit, code], typed);
  }
});
