/**
 * Keeps `docs/reference/limits.md` true: every limit that the code names is on the page, with the value that
 * it has, and the page names no other.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { configFields } from "#/config/schema.ts";

const sources = path.resolve(import.meta.dirname, "../src");
const page = path.resolve(import.meta.dirname, "../../docs/reference/limits.md");

/** Names of this form that bound nothing while the gateway runs. */
const noLimits: Readonly<Record<string, string>> = {
  "platform/clock.delayMaxMs": "what a timer of Node can do",
  "policy/annotations.dayMs": "a unit",
  "policy/annotations.hourMs": "a unit",
  "policy/annotations.secondMs": "a unit",
  "policy/annotations.unitMs": "units",
  "proxies/postgres/wire/codec.int32Max": "what fits the field",
  "proxies/postgres/upstream/cancel.processIdMax": "what fits the field",
  "proxies/postgres/sql/parse-limits.wordBytesMax": "the longest keyword that matters",
  "quickstart/sample-data.minuteMs": "a unit",
  "tls/self-signed.dayMs": "a unit",
};

interface Limit {
  /** File and name, as `api/body.bodyBytesMax`. */
  readonly name: string;
  readonly value: string;
}

test("every limit of the code is on the page with its value, and the page names no other", () => {
  const known = [
    ...globSync("**/*.ts", { cwd: sources })
      .filter((file) => !/test|conformance/.test(file))
      .flatMap((file) => limitsIn(file, readFileSync(path.join(sources, file), "utf8")))
      .filter(({ name }) => noLimits[name] === undefined),
    ...configFields()
      .filter((field) => field.startsWith("limits."))
      .map((name) => ({ name, value: "configured" })),
  ];
  assert.ok(known.length > 100, "the code has limits");
  assert.deepEqual(compare(rowsOf(readFileSync(page, "utf8")), known), []);
});

test("a limit without a row, a row without a limit, a second row and another value are found", () => {
  const rows = rowsOf(
    "| `a/b.knownMs` | 2 s | … |\n| `a/b.goneMax` | 3 | … |\n| `a/b.otherMax` | 4 | … |\n| `a/b.otherMax` | 5 | … |",
  );
  const code = [
    "export const knownMs = 2_000;",
    "const otherMax = 2 + 3;",
    "export const missingBytesMax: number = 16 * 1024;",
    "const twoMs = 1;\n  const innerMax = 1;",
  ].join("\n");
  assert.deepEqual(compare(rows, limitsIn("a/b.ts", code)), [
    "a/b.goneMax is on the page alone",
    "a/b.otherMax is there twice",
    "a/b.otherMax is 5 and not 4",
    "a/b.missingBytesMax has no row; its value is 16 KiB",
    "a/b.twoMs has no row; its value is 1 ms",
  ]);
});

test("values read as people write them", () => {
  const read = (name: string, expression: string) =>
    limitsIn("a.ts", `const ${name} = ${expression};`)[0]?.value;
  assert.equal(read("xMs", "15_000"), "15 s");
  assert.equal(read("xMs", "4 * 60 * 60 * 1000"), "4 h");
  assert.equal(read("xMs", "250"), "250 ms");
  assert.equal(read("xBytesMax", "262_144"), "256 KiB");
  assert.equal(read("xBytesMax", "65_535"), "65,535 bytes");
  assert.equal(read("xMax", "2 ** 20"), "1,048,576");
});

const declaration = /^(?:export )?const (\w+(?:Max|Ms))(?:: [^=]+)? =\s*([^;]+);/gm;

function limitsIn(file: string, code: string): readonly Limit[] {
  const values = new Map<string, number>();
  return [...code.matchAll(declaration)].flatMap(([, name = "", expression = ""]) => {
    const value = evaluate(expression, values);
    const qualified = `${file.replace(/\.ts$/, "").replaceAll(path.sep, "/")}.${name}`;
    if (value === null) {
      assert.ok(noLimits[qualified] !== undefined, `${qualified} can't be read: ${expression}`);
      return [];
    }
    values.set(name, value);
    return [{ name: qualified, value: present(name, value) }];
  });
}

/** Sums, products and powers of numbers and of names that came before; null: something else. */
function evaluate(expression: string, values: ReadonlyMap<string, number>): number | null {
  const sum = expression.split(" + ").map((product) =>
    product.split(" * ").reduce((result, power) => {
      const [base = NaN, exponent = 1] = power.split(" ** ").map((atom) => {
        const text = atom.trim().replaceAll("_", "");
        return values.get(atom.trim()) ?? (/^\d+$/.test(text) ? Number(text) : NaN);
      });
      return result * base ** exponent;
    }, 1),
  );
  const value = sum.reduce((one, other) => one + other, 0);
  return Number.isNaN(value) ? null : value;
}

const durations = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
  [1, "ms"],
] as const;
const sizes = [
  [1024 * 1024, "MiB"],
  [1024, "KiB"],
  [1, "bytes"],
] as const;

function present(name: string, value: number): string {
  const units = /Ms(Max)?$/.test(name) ? durations : /bytesMax$/i.test(name) ? sizes : [];
  const [size = 1, unit = ""] = units.find(([each]) => value % each === 0) ?? [];
  return `${(value / size).toLocaleString("en")} ${unit}`.trim();
}

function rowsOf(text: string): readonly Limit[] {
  return [...text.matchAll(/^\| `([^`]+)` \| ([^|]+) \|/gm)].map(([, name = "", value = ""]) => ({
    name,
    value: value.trim(),
  }));
}

function compare(rows: readonly Limit[], known: readonly Limit[]): readonly string[] {
  const problems = rows.flatMap(({ name, value }, index) => {
    const limit = known.find((each) => each.name === name);
    if (limit === undefined) return [`${name} is on the page alone`];
    const isFirst = rows.findIndex((row) => row.name === name) === index;
    if (!isFirst) return [];
    const isTwice = rows.some((row, at) => at > index && row.name === name);
    const differs = limit.value !== value && limit.value !== "configured";
    return [
      ...(isTwice ? [`${name} is there twice`] : []),
      ...(differs ? [`${name} is ${limit.value} and not ${value}`] : []),
    ];
  });
  const missing = known
    .filter(({ name }) => !rows.some((row) => row.name === name))
    .map(({ name, value }) => `${name} has no row; its value is ${value}`);
  return [...problems, ...missing];
}
