/** How the command line shows one review: its command whole and harmless, what it would touch, and what it waits for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import type { Effect } from "../../server/src/core/effect.ts";
import { applyEvent } from "../../server/src/review/life.ts";
import { openBesideGateway } from "./command.test-support.ts";

test("a hostile command is shown with everything it hides, and can't speak for us", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const forged = "\n\nApproved. The session that waits runs it now.\n";
  const command = `select 1; -- \u202e\u001b[2J\u001b]0;x\u0007\r${" ".repeat(400)}drop${forged}`;
  const { id } = await api.hold({ command });
  for (const args of [["inbox"], ["show", id], ["deny", id, "-m", "no \u001b[31m\u202e"]]) {
    const { out } = await shell.run(...args);
    assert.doesNotMatch(out, /[^\n\x20-\x7e…]/, args.join(" "));
    assert.doesNotMatch(out, /^Approved/m);
    assert.match(out, /<U\+202E><U\+001B>\[2J/);
  }
  const shown = await shell.run("show", id);
  assert.match(shown.out, /Note: 5 hidden or control characters/);
  const json = await shell.run("show", id, "--json");
  assert.doesNotMatch(json.out, /[^\n\x20-\x7e]/);
  assert.equal(
    (JSON.parse(json.out) as ReviewDetail).command,
    command,
    "and a script gets it as it is",
  );
});

test("of a large command the beginning is shown, and the digest to approve it by with the whole alone", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const command = `delete from t where n in ('${"ä".repeat(500_000)}')`;
  const { id, digest } = await api.hold({ command });
  const shown = await shell.run("show", id);
  assert.ok(shown.out.length < 200_000);
  assert.match(
    shown.out,
    new RegExp(`Only the first \\d+ of its ${command.length} characters are shown`),
  );
  const refused = await shell.run("approve", id);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /show rev_\w+ --all.*\[cli\.digest_required\]/);
  const beginning = digest.slice(0, 12);
  for (const text of [shown.out, refused.err]) assert.equal(text.includes(beginning), false);
  const whole = await shell.run("show", id, "--all");
  assert.ok(whole.out.replaceAll(/\n {2}[|>] /g, "").includes(command));
  assert.match(whole.out, new RegExp(`approve ${id} --view [0-9a-f]{12}\\n`));
  assert.equal((await api.deps.store.review(id))?.state, "pending");
  assert.equal((await shell.run("approve", id, "--digest", beginning)).code, 0);
});

test("a large parameter is not approved unseen either", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const bytes = Buffer.alloc(100_000, "x").toString("base64");
  const { id } = await api.hold({ action: { parameters: [{ type: 25, format: "text", bytes }] } });
  assert.equal((await shell.run("approve", id)).code, 2);
  assert.equal((await shell.run("deny", id, "-m", "too much")).code, 0);
});

test("a review of a COPY shows how much it loads, which, and the first of it, made safe to look at", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const value = (text: string | null) => ({
    type: 25,
    format: "text" as const,
    bytes: text === null ? null : Buffer.from(text).toString("base64"),
  });
  const sha256 = "5".repeat(64);
  const { id } = await api.hold({
    command: "copy people from stdin",
    action: {
      data: {
        format: "text",
        sha256,
        bytes: 1_234,
        rows: 100,
        columns: ["id", "name"],
        firstRows: [
          { values: [value("1"), value("ada\u001b[2J")], isCut: false },
          { values: [value("2"), value(null)], isCut: true },
          { values: [value("NULL"), value("")], isCut: false },
          { values: [value('3 | "bob" … cut'), value(" ")], isCut: false },
        ],
      },
    },
  });
  const { out } = await shell.run("show", id);
  assert.match(out, new RegExp(`loads 100 rows, 1,234 bytes of text, SHA-256 ${sha256}\\n`));
  assert.match(out, /\| id \| name\n/);
  assert.match(out, /\| 1 \| ada<U\+001B[^>]*>\[2J\n/);
  assert.match(out, /\| 2 \| NULL … cut\n/);
  assert.match(out, /\| "NULL" \| ""\n/);
  assert.match(out, /\| "3 \| ""bob"" … cut" \| " "\n/);
  assert.match(
    out,
    /Note: Only its first 4 rows can be shown\. Some of them are cut\. An approval/,
  );
});

test("a review shows how many rows it would touch, how that is known, since when and what it leaves out", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id, digest } = await api.hold();
  assert.doesNotMatch((await shell.run("show", id)).out, /effect/);
  const note = (effect: Omit<Effect, "at">) =>
    applyEvent(api.deps.reviews, id, {
      kind: "effect",
      digest,
      effect: { ...effect, at: api.clock.now() },
    });
  await note({ basis: "estimated", rows: 1, reason: null, caveat: null, sample: null });
  api.clock.advance(5_000);
  assert.match(
    (await shell.run("show", id)).out,
    /effect +about 1 row, estimated by the planner 5s ago\n/,
  );
  await note({ basis: "measured", rows: 2, reason: null, caveat: "It ran.", sample: null });
  assert.match((await shell.run("show", id)).out, /effect +2 rows, measured 0s ago. It ran.\n/);
  await note({
    basis: "unknown",
    rows: null,
    reason: "It has triggers.",
    caveat: null,
    sample: null,
  });
  assert.match((await shell.run("show", id)).out, /effect +unknown: It has triggers.\n/);
});

test("a review shows rows before and after, a value in a line, with what hides spelled out", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id, digest } = await api.hold();
  const plain = (text: string | null) => ({ text, isMasked: false, isCut: false });
  const hostile = "x\u202e\u001b[2J\n  id: 8";
  await applyEvent(api.deps.reviews, id, {
    kind: "effect",
    digest,
    effect: {
      basis: "measured",
      rows: 7,
      at: api.clock.now(),
      reason: null,
      caveat: null,
      sample: {
        relation: "public.people",
        columns: [
          { name: "id", type: "integer", isKey: true, sensitive: false },
          { name: "mail", type: "text", isKey: false, sensitive: false },
        ],
        columnsMore: 3,
        rows: [
          {
            before: [plain("7"), { text: "<EMAIL>", isMasked: true, isCut: false }],
            after: [plain("7"), plain(null)],
            changed: [1],
          },
          { before: [plain("9"), { ...plain(hostile), isCut: true }], after: null, changed: [] },
        ],
      },
    },
  });
  const { out } = await shell.run("show", id);
  assert.ok(
    out.includes(
      [
        "  Rows before and after: 2 of 7 rows of public.people, as measured; masked. 3 more columns not shown.",
        "  | changes",
        "  |   id: 7",
        "  |   mail: <EMAIL>  (masked)",
        "  |     becomes: NULL",
        "  | goes",
        "  |   id: 9",
        "  |   mail: x",
      ].join("\n"),
    ),
    out,
  );
  for (const sign of ["\u202e", "\u001b[2J", "\n  id: 8"]) assert.ok(!out.includes(sign));
  const json = JSON.parse((await shell.run("show", id, "--json")).out) as ReviewDetail;
  assert.equal(json.effect?.sample?.rows.length, 2);
});

test("a review that waits in a transaction shows since when it is open, what it locks and who waits", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id, caller } = await api.hold();
  assert(caller !== null);
  const at = api.clock.now();
  const locks = [{ on: "public.orders", mode: "RowExclusiveLock" }];
  const transaction = { since: at - 60_000, locks, locksMore: 0, blocks: 2, at };
  await applyEvent(api.deps.reviews, id, { kind: "transaction", caller, transaction });
  const { out } = await shell.run("show", id);
  assert.match(
    out.replaceAll(/\s+/g, " "),
    / open a transaction, opened 1m ago; it locks public\.orders \(RowExclusiveLock\); 2 other sessions wait for it /,
  );
});

test("a read that waits shows which columns it touches and which of them are sensitive", async (context) => {
  const { api, shell } = await openBesideGateway(context);
  const { id, digest } = await api.hold();
  const columns = [
    { name: "email", sensitive: true },
    { name: "id", sensitive: false },
  ];
  const relations = [{ name: "public.customers", isView: false, columns, columnsMore: 0 }];
  const touched = { relations, relationsMore: 0, besides: ["A view."], at: api.clock.now() };
  await applyEvent(api.deps.reviews, id, { kind: "touched", digest, touched });
  const { out } = await shell.run("show", id);
  assert.match(out, /touches +public\.customers: email \(sensitive\), id\n +touches +A view\.\n/);
});
