import assert from "node:assert/strict";
import { test } from "node:test";
import type { Parameter } from "#/core/action.ts";
import { finder } from "#/masking/finder.test-support.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { type ActionContent, maskAction } from "./mask-action.ts";

const classifier = await createClassifier({ bytesMax: 1_000_000 });
const pause = () => Promise.resolve();

function text(value: string | null, type = 25): Parameter {
  const bytes = value === null ? null : Buffer.from(value).toString("base64");
  return { type, format: "text", bytes };
}

function binary(bytes: Uint8Array, type: number): Parameter {
  return { type, format: "binary", bytes: Buffer.from(bytes).toString("base64") };
}

function content(command: string, parameters: readonly Parameter[] = []): ActionContent {
  const { facts } = classifier.classify(command);
  return { command, parameters, facts, data: null, agentReason: null, asked: null };
}

const mask = (given: ActionContent) => maskAction(finder, given, pause);

test("the agent's reason is masked as prose, with the numbers of the command, and is its own field", async () => {
  const agentReason = "ada@example.com asked for it, bob@example.com did not";
  const command = "delete from customers where email = 'bob@example.com'";
  const masked = await mask({ ...content(command), agentReason });
  assert.equal(masked.command, "delete from customers where email = '<EMAIL_1>'");
  assert.equal(masked.agentReason, "<EMAIL_2> asked for it, <EMAIL_1> did not");
  assert.deepEqual(
    masked.fields.map(({ field, original }) => [field, original]),
    [
      ["agentReason/1", "ada@example.com"],
      ["agentReason/2", "bob@example.com"],
      ["command/1", "'bob@example.com'"],
    ],
  );
  assert.deepEqual(
    masked.pseudonyms.map(({ name }) => name),
    ["<EMAIL_1>"],
  );
});

test("a value has the same number in the command, its parameters and what the caller had sent", async () => {
  const sent = "delete from customers where email in ('ada@example.com', 'bob@example.com')";
  const command = "delete from customers where email = 'bob@example.com' and note = $1";
  const masked = await mask({
    ...content(command, [text("write to ada@example.com")]),
    asked: content(sent),
  });
  assert.equal(masked.command, "delete from customers where email = '<EMAIL_1>' and note = $1");
  assert.deepEqual(masked.parameters, ["write to <EMAIL_2>"]);
  assert.equal(
    masked.asked?.command,
    "delete from customers where email in ('<EMAIL_2>', '<EMAIL_1>')",
  );
  assert.deepEqual(
    masked.fields.map(({ field, entities, original }) => [field, entities, original]),
    [
      ["command/1", ["email"], "'bob@example.com'"],
      ["parameters/1", ["email"], "write to ada@example.com"],
      ["asked.command/1", ["email"], "'ada@example.com'"],
      ["asked.command/2", ["email"], "'bob@example.com'"],
    ],
  );
});

test("a field says where it stands in what is shown, and nothing but fields differs from what was sent", async () => {
  const command = "select 'é', 'ada@example.com' -- 😀 ask bob@example.com";
  const masked = await mask(content(command));
  assert.deepEqual(
    masked.fields.map(({ start, end }) => masked.command.slice(start, end)),
    ["'<EMAIL_1>'", "-- 😀 ask <EMAIL_2>"],
  );
  const back = masked.fields.reduceRight(
    (shown, { start, end, original }) => shown.slice(0, start) + original + shown.slice(end),
    masked.command,
  );
  assert.equal(back, command);
});

test("a parameter is masked by the column that it stands for, whatever it looks like", async () => {
  const command = "update customers set phone = $2, note = $3 where name = $1 and id = $4";
  const values = [text("Ada"), text("anything", 0), text("fine"), text("7", 23)];
  const { parameters } = await mask(content(command, values));
  assert.deepEqual(parameters, ["<PERSON_1>", "<PHONE_NUMBER_1>", "fine", "7"]);
});

test("a long value of a column that tells what it is goes as a whole, and so does one that is hidden", async () => {
  const long = "x".repeat(300_000);
  const command = "update t set email = $1, other = $2, hidden = $3, free = 'x' where hidden = 'y'";
  const given = content(command, [text(long), text(long), text("x")]);
  const masked = await mask({ ...given, hides: (column) => column === "hidden" });
  assert.deepEqual(masked.parameters, ["<EMAIL_1>", long, "<USER_PATTERN_2>"]);
  assert.match(masked.command, /free = 'x' where hidden = '<USER_PATTERN_1>'$/);
});

test("a parameter in binary form is looked at as what it means, and hidden where that can't be read", async () => {
  const array = Buffer.from(
    "00000001000000000000001900000001000000010000000f6164614065786d61706c652e636f6d",
    "hex",
  );
  const values = [
    binary(Buffer.from("ada@example.com"), 25),
    binary(Buffer.of(0, 0, 0, 50), 23),
    binary(Buffer.from("0011223344556677"), 600),
    binary(new Uint8Array(16), 2950),
    binary(Buffer.concat([Buffer.of(1), Buffer.from('{"email":"x"}')]), 3802),
    binary(Buffer.from("ff", "hex"), 25),
    binary(array, 1009),
  ];
  const { parameters } = await mask(content("select f($1, $2, $3, $4, $5, $6, $7)", values));
  assert.deepEqual(parameters, [
    "<EMAIL_1>",
    "\\x00000032",
    "<BYTES 16>",
    `\\x${"00".repeat(16)}`,
    '{"email":"<EMAIL_2>"}',
    "<BYTES 1>",
    "{<EMAIL_3>}",
  ]);
});

test("nothing of a command that can't be read is hidden but in one field, which is all of it", async () => {
  const command = "selec 'ada@example.com' and bob@example.com";
  const masked = await mask(content(command));
  assert.equal(masked.isOpaque, true);
  assert.equal(masked.command, "selec '<EMAIL_1>' and <EMAIL_2>");
  assert.deepEqual(
    masked.fields.map(({ field, original }) => [field, original]),
    [
      ["command", command],
      ["command", command],
    ],
  );
});

test("what looks like a pseudonym in the command itself is none", async () => {
  const masked = await mask(
    content("select '<EMAIL_1>', 'ada@example.com', '<EMAIL_3>', 'b@c.example'"),
  );
  assert.equal(masked.command, "select '<EMAIL_1>', '<EMAIL_2>', '<EMAIL_3>', '<EMAIL_4>'");
  assert.deepEqual(
    masked.pseudonyms.map(({ name, value, places }) => [name, value, places]),
    [
      ["<EMAIL_2>", "ada@example.com", [{ kind: "string", column: null }]],
      ["<EMAIL_4>", "b@c.example", [{ kind: "string", column: null }]],
    ],
  );
});

test("two ways to write a value are two pseudonyms: an edit that keeps one means exactly it", async () => {
  const masked = await mask(
    content("select 1 from t where email in ('Ada@example.com', 'ada@example.com')"),
  );
  assert.equal(masked.command, "select 1 from t where email in ('<EMAIL_1>', '<EMAIL_2>')");
});

test("a long text is looked at in pieces, between which others work", async () => {
  const command = `${"x ".repeat(200_000)}ada@example.com ${"y ".repeat(50_000)}`;
  let pauses = 0;
  const masked = await maskAction(
    finder,
    { ...content(command), parameters: [text(command)] },
    () => {
      pauses += 1;
      return Promise.resolve();
    },
  );
  assert(pauses > 10, `${pauses}`);
  assert.equal(masked.command, command.replace("ada@example.com", "<EMAIL_1>"));
  assert.deepEqual(masked.parameters, [masked.command]);
});
