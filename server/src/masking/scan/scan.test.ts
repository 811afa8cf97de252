import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { finder, rules } from "#/masking/finder.test-support.ts";
import type { Finding } from "#/masking/finding.ts";
import { anchorTexts, hostileTexts, texts } from "#/masking/sample-texts.test-support.ts";
import { startScan } from "./scan.ts";

test("findings do not depend on how the bytes are cut", () => {
  fc.assert(
    fc.property(
      texts,
      fc.array(fc.integer({ min: 1, max: 97 }), { minLength: 1, maxLength: 20 }),
      (text, sizes) => {
        assert.deepEqual(findInPieces(text, sizes), finder.find(text));
      },
    ),
    { numRuns: 400 },
  );
});

test("findings do not depend on what stands far before them", () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 1000, max: 200_000 }), (text, distance) => {
      const far = Buffer.concat([Buffer.alloc(distance, "lorem "), Buffer.from("\n"), text]);
      const moved = finder.find(Buffer.concat([Buffer.from("\n"), text]));
      assert.deepEqual(finder.find(far).map(placeless(distance)), moved.map(placeless(0)));
    }),
    { numRuns: 60 },
  );
});

test("findings are in order, within the text and never overlap", () => {
  fc.assert(
    fc.property(texts, (text) => {
      let last = 0;
      for (const { start, end } of finder.find(text)) {
        assert.ok(start >= last && end > start && end <= text.length);
        last = end;
      }
    }),
  );
});

test("a stream keeps no more than what its rules look ahead", () => {
  const scan = startScan({ rules, onFinding: () => {} });
  const piece = Buffer.alloc(
    65_536,
    "a line of a long log, 4111 1111 1111 1111 eyJhbGci -----BEGIN PRIVATE KEY-----\n",
  );
  for (let index = 0; index < 64; index += 1) scan.push(piece);
  const { keptBytes } = scan.cost();
  assert.ok(keptBytes <= 8 * rules.aheadMax + 2 * piece.length, `${keptBytes} bytes are kept`);
  scan.end();
});

test("what is settled is told before the text ends", () => {
  const found: Finding[] = [];
  const stream = finder.start((finding) => found.push(finding));
  stream.push(Buffer.from("write to ada@example.com now\n"));
  stream.push(Buffer.alloc(40_000, "and nothing else. "));
  assert.deepEqual(
    found.map(({ entity }) => entity),
    ["email"],
  );
  assert.ok(stream.settledUpTo() > 20_000);
  stream.end();
});

/** Steps besides the one pass, for each byte: about a third of a microsecond. A text may cost `workPerByteMax`. */
const stepsMost = 32;

function stepsPerByte(seed: string, length: number): number {
  const scan = startScan({ rules, onFinding: () => {} });
  scan.push(Buffer.alloc(length, seed));
  scan.end();
  return scan.cost().work / length;
}

test("no text makes a scan spend more than a few steps for each of its bytes", () => {
  for (const seed of hostileTexts) {
    const steps = stepsPerByte(seed, 65_536);
    assert.ok(steps <= stepsMost, `${JSON.stringify(seed)} costs ${steps} steps a byte`);
  }
});

test("no rule does when its anchor stands there again and again, whatever stands behind it", () => {
  for (const seed of anchorTexts()) {
    const steps = stepsPerByte(seed, 8192);
    assert.ok(steps <= stepsMost, `${JSON.stringify(seed)} costs ${steps} steps a byte`);
  }
});

test("a text that would cost more than its budget is one finding to its end", () => {
  const greedy = {
    ...rules,
    hits: rules.hits.map((hit) =>
      hit.kind === "rule"
        ? {
            ...hit,
            find: (reading: { readonly spend: (bytes: number) => void }) => reading.spend(100_000),
          }
        : hit,
    ),
  };
  const found: Finding[] = [];
  const scan = startScan({ rules: greedy, onFinding: (finding) => found.push(finding) });
  const text = Buffer.from("a@b ".repeat(2000));
  scan.push(text);
  scan.end();
  assert.deepEqual(
    found.map(({ entity, end }) => ({ entity, end })),
    [{ entity: "unscanned", end: text.length }],
  );
  assert.equal(found[0]?.start, 0);
});

function findInPieces(text: Buffer, sizes: readonly number[]): readonly Finding[] {
  const found: Finding[] = [];
  const stream = finder.start((finding) => found.push(finding));
  for (let at = 0, index = 0; at < text.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    stream.push(text.subarray(at, at + size));
    at += size;
  }
  stream.end();
  return found.filter(({ confidence }) => confidence >= 0.5);
}

function placeless(offset: number) {
  return ({ start, end, ...rest }: Finding) => ({
    ...rest,
    start: start - offset,
    end: end - offset,
  });
}
