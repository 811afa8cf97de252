import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clientStatements } from "./client-statements.test-support.ts";
import { loadSqlParser } from "./sql-parser.ts";
import { tokenize } from "./sql-tokens.ts";

function tokensOf(sql: string): readonly string[] {
  const bytes = Buffer.from(sql);
  const { kinds, starts, ends } = tokenize(bytes);
  return kinds.map(
    (kind, index) => `${kind} ${bytes.toString("utf8", starts[index], ends[index])}`,
  );
}

test("words, operators and punctuation are cut where the server cuts them", () => {
  assert.deepEqual(tokensOf("select a$1,b.c ->> d::e -- x\n/* y */ =-1 ; $f"), [
    "word select",
    "word a$1",
    "punctuation ,",
    "word b",
    "punctuation .",
    "word c",
    "operator ->>",
    "word d",
    "punctuation :",
    "punctuation :",
    "word e",
    "operator =-",
    "number 1",
    "punctuation ;",
    "punctuation $",
    "word f",
  ]);
});

test("a letter before a quote makes a string only where it is a word of its own", () => {
  assert.deepEqual(tokensOf("e'\\'' x'1' n'a' ae'b' b\"c\" u&'d' u&\"e\" u&f"), [
    "string e'\\''",
    "bits x'1'",
    "word n",
    "string 'a'",
    "word ae",
    "string 'b'",
    "word b",
    'quoted "c"',
    "string u&'d'",
    'quoted u&"e"',
    "word u",
    "operator &",
    "word f",
  ]);
});

test("comments begin within operators and nest", () => {
  assert.deepEqual(tokensOf("1+/*/**/*/2*--3\n4"), [
    "number 1",
    "operator +",
    "number 2",
    "operator *",
    "number 4",
  ]);
});

test("a string or a quoted name that does not end is unfinished, whatever it ends with", () => {
  const texts = ["'a", '"a', "$$a", "$t$a$$", "E'a\\'", "U&'a", "'a''", '"a""', "'a'\n'b", "x'1"];
  for (const sql of texts) assert.deepEqual(tokensOf(sql), [`unfinished ${sql}`]);
  assert.deepEqual(tokensOf("'a b; c"), ["unfinished 'a b; c"]);
  assert.deepEqual(tokensOf("a /* b /* c */ d"), ["word a"]);
});

/** Where the parser has its constants. `on`, `true` and names in SET are constants without being literals. */
function* constantsIn(tree: unknown): Generator<number> {
  if (typeof tree !== "object" || tree === null) return;
  for (const [type, node] of Object.entries(tree)) {
    const { location, isnull, boolval } = (node ?? {}) as Record<string, unknown>;
    const isConstant = type === "ParamRef" || (type === "A_Const" && !isnull && !boolval);
    if (isConstant && typeof location === "number" && location >= 0) yield location;
    yield* constantsIn(node);
  }
}

test("every constant of the parser's tree begins at a literal", async () => {
  const parser = await loadSqlParser();
  const corpus = JSON.parse(
    readFileSync(new URL("./corpus.json", import.meta.url), "utf8"),
  ) as readonly { readonly sql: string }[];
  let seen = 0;
  for (const { sql } of [...corpus, ...clientStatements]) {
    const parsed = parser.parse(sql);
    if (parsed.kind !== "parsed") continue;
    const bytes = Buffer.from(sql);
    const { kinds, starts } = tokenize(bytes);
    for (const location of constantsIn(parsed.statements)) {
      const kind = kinds[starts.indexOf(location)] ?? "nothing";
      const isSign = bytes[location] === 0x2d;
      const isName = kind === "word" || kind === "quoted";
      assert.ok(
        isSign || isName || ["bits", "number", "parameter", "string"].includes(kind),
        `${kind} at ${location} of ${sql}`,
      );
      seen += 1;
    }
  }
  assert.ok(seen > 500);
});
