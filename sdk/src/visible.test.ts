import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hostileTexts, hugeTexts } from "./hostile-texts.test-support.ts";
import {
  cautions,
  safeJson,
  type VisibleSegment,
  visible,
  visibleLines,
  visibleSegments,
} from "./visible.ts";

/** One of each kind that can hide, move, reorder or imitate. */
const hostile: readonly (readonly [string, string])[] = [
  ["\u001b[2J", "<U+001B>[2J"],
  ["\u009b31m", "<U+009B>31m"],
  ["\r", "<U+000D>"],
  ["\b", "<U+0008>"],
  ["\t", "<U+0009>"],
  ["\0", "<U+0000>"],
  ["\u007f", "<U+007F>"],
  ["\u202e", "<U+202E>"],
  ["\u2066", "<U+2066>"],
  ["\u061c", "<U+061C>"],
  ["\u200b", "<U+200B>"],
  ["\u200d", "<U+200D>"],
  ["\u2060", "<U+2060>"],
  ["\ufeff", "<U+FEFF>"],
  ["\u00ad", "<U+00AD>"],
  ["\u034f", "<U+034F>"],
  ["\u115f", "<U+115F>"],
  ["\u3164", "<U+3164>"],
  ["\ufe0f", "<U+FE0F>"],
  ["\u{e0041}", "<U+E0041>"],
  ["\u{e0100}", "<U+E0100>"],
  ["\u2028", "<U+2028>"],
  ["\u2029", "<U+2029>"],
  ["\u00a0", "<U+00A0>"],
  ["\u3000", "<U+3000>"],
  ["\u2800", "<U+2800>"],
  ["\ue000", "<U+E000>"],
  ["\ufdd0", "<U+FDD0>"],
  ["\ud800", "<U+D800>"],
  ["\u0301", "<U+0301>"],
  ["\ufffc", "<U+FFFC>"],
  ["\u{1d159}", "<U+1D159>"],
  ["\u{13441}", "<U+13441>"],
];

const hides =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]|(?! )\p{Zs}/u;

for (const [raw, shown] of hostile) {
  test(`${shown.slice(0, 9)} is spelled out`, () => {
    assert.equal(visible(raw), shown);
    assert.equal(visible(`a${raw}`).length > 1, true);
  });
}

test("what a person reads and types is left as it is", () => {
  for (const text of [
    "delete from t where n = 'Zoë'",
    "größe",
    "日本語",
    "Ольга",
    "naïve e\u0301té",
    "🙂 – „x“",
  ]) {
    assert.equal(visible(text), text);
  }
});

test("marks that pile up on a letter are spelled out from the fourth on", () => {
  assert.equal(visible(`a${"\u0301".repeat(5)}`), `a${"\u0301".repeat(3)}<U+0301><U+0301>`);
});

test("a combining mark without a letter of its own never lands on what stands beside it", () => {
  assert.equal(visible("\u0301\u0301a\u0301"), "<U+0301><U+0301>a\u0301");
  assert.equal(visible("a\u200b\u0301"), "a<U+200B><U+0301>");
  assert.deepEqual(visibleLines("a\n\u20dd"), ["a", "<U+20DD>"]);
});

test("a text that holds such a mark is told from one in which it was made", () => {
  assert.equal(visible("<U+202E>"), "<U+003C>U+202E>");
  fc.assert(
    fc.property(text(), text(), (one, other) => {
      assert.equal(visible(one) === visible(other), one === other);
    }),
    { numRuns: 500 },
  );
});

test("no text comes out with anything that a terminal obeys or a reader can't see", () => {
  fc.assert(
    fc.property(text(), (raw) => {
      const shown = visibleLines(raw).join("");
      assert.doesNotMatch(shown, hides);
    }),
    { numRuns: 500 },
  );
});

test("segments put together are the text, and their text parts hide nothing", () => {
  for (const [keep, kept] of [
    ["nothing", ""],
    ["line feeds", "\n"],
    ["line feeds and tabs", "\n\t"],
  ] as const) {
    fc.assert(
      fc.property(text(), (raw) => {
        const segments = visibleSegments(raw, keep);
        assert.equal(segments.map(original).join(""), raw);
        for (const segment of segments) {
          if (segment.kind === "mark") continue;
          const rest = segment.text.replaceAll(new RegExp(`[${kept}]`, "g"), "");
          assert.notEqual(segment.text, "");
          assert.doesNotMatch(rest, hides);
          assert.doesNotMatch(segment.text, /^\p{M}|\n\p{M}|\p{M}{4}/u);
        }
      }),
      { numRuns: 500 },
    );
  }
});

for (const { name, text: raw } of hostileTexts) {
  test(`${name}: nothing hides in what is shown, and it says the text exactly`, () => {
    assert.doesNotMatch(visible(raw), hides);
    assert.equal(unmarked(visible(raw)), raw);
    assert.equal(visibleLines(raw).map(unmarked).join("\n"), raw);
    assert.equal(visibleSegments(raw, "line feeds and tabs").map(original).join(""), raw);
  });
}

for (const { name, make } of hugeTexts) {
  test(`${name}: nothing hides in what is shown, and it says the text exactly`, () => {
    const raw = make();
    assert.ok(unmarked(visible(raw)) === raw);
    assert.ok(visibleLines(raw).map(unmarked).join("\n") === raw);
    assert.ok(visibleSegments(raw, "line feeds").map(original).join("") === raw);
    assert.ok(cautions(raw).length < 4);
  });
}

test("a mark says which code point it stands for, and what that is", () => {
  const names = [
    ["\u202e", "U+202E", "right-to-left override"],
    ["\u200b", "U+200B", "zero width space"],
    ["\0", "U+0000", "null"],
    ["\u0001", "U+0001", "control character"],
    ["\ufe0f", "U+FE0F", "variation selector"],
    ["\u{e0100}", "U+E0100", "variation selector"],
    ["\u{e0041}", "U+E0041", "tag character"],
    ["\ud800", "U+D800", "unpaired surrogate"],
    ["\ue000", "U+E000", "private use character"],
    ["\ufdd0", "U+FDD0", "unassigned character"],
    ["\u2009", "U+2009", "unusual space"],
    ["\u0301", "U+0301", "combining mark"],
  ] as const;
  for (const [raw, codePoint, name] of names) {
    assert.deepEqual(visibleSegments(raw), [{ kind: "mark", codePoint, name }]);
  }
});

test("line feeds and tabs stay text where they are laid out", () => {
  const lines = visibleSegments("select\n\t1\r\n", "line feeds and tabs");
  assert.deepEqual(lines.map(short), ["select\n\t1", "U+000D", "\n"]);
  assert.deepEqual(visibleSegments("a\n\tb", "line feeds").map(short), ["a\n", "U+0009", "b"]);
  assert.deepEqual(visibleSegments("a\nb").map(short), ["a", "U+000A", "b"]);
});

test("every default-ignorable and every bidirectional control is spelled out", () => {
  let seen = 0;
  for (let point = 0; point <= 0x10ffff; point += 1) {
    const character = String.fromCodePoint(point);
    if (!/[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Cc}]/u.test(character)) continue;
    seen += 1;
    assert.match(visible(`a${character}b`), /^a<U\+[0-9A-F]{4,6}>b$/);
  }
  assert.ok(seen > 4000, String(seen));
});

test("the reader is told of hidden characters, of letters that look alike, and of right to left", () => {
  assert.deepEqual(cautions("select 1;\n  select 2"), []);
  assert.match(cautions("a\u202eb\u001b").join(), /^2 hidden or control characters are shown/);
  assert.match(cautions("one\u200b").join(), /^1 hidden or control character is shown/);
  assert.match(cautions("drop table p\u0430ypal").join(), /several scripts/);
  assert.deepEqual(cautions("select 'Ольга' as name"), []);
  assert.match(cautions("select 'שלום'").join(), /right to left/);
  assert.match(cautions("select '\u{10900}'").join(), /right to left/);
});

test("JSON is the same value, in ASCII alone", () => {
  fc.assert(
    fc.property(fc.jsonValue(), text(), (value, string) => {
      const json = safeJson({ value, string });
      assert.match(json, /^[\x20-\x7e\n]*$/);
      assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify({ value, string })));
    }),
    { numRuns: 300 },
  );
});

/** From what is shown back to the text. */
function unmarked(shown: string): string {
  return shown.replaceAll(/<U\+([0-9A-F]{4,6})>/g, (_, point: string) =>
    String.fromCodePoint(Number.parseInt(point, 16)),
  );
}

function original(segment: VisibleSegment): string {
  if (segment.kind === "text") return segment.text;
  return String.fromCodePoint(Number.parseInt(segment.codePoint.slice(2), 16));
}

function short(segment: VisibleSegment): string {
  return segment.kind === "text" ? segment.text : segment.codePoint;
}

/** Rich in what hides: half of it from the hostile list. */
function text(): fc.Arbitrary<string> {
  const pieces = fc.oneof(
    fc.constantFrom(
      ...hostile.map(([raw]) => raw),
      "<U+202E>",
      "<",
      "U+",
      " ",
      "a",
      "\n",
      "\ud83d",
      "\ude42",
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  return fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(""));
}
