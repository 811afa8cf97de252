import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Decision } from "#/core/decision.ts";
import type { JsonObject } from "#/core/facts.ts";
import { jsonLeaves, roundedPaths } from "#/core/json-leaves.ts";
import { callInput, policyOf, problemsOf, setOf } from "./inputs.test-support.ts";

const head = `principal, action in Countersign::Action::"mcp", resource`;
const rule = (condition: string, id = "asked") =>
  `@id("${id}") @review("1 of dba") permit (${head}) when { ${condition} };`;
const runs = `@id("runs") permit (${head});`;

/** As it came, so that numbers have the digits that were sent. */
function called(text: string, name = "create_refund") {
  const rounded = roundedPaths(`{"arguments":${text}}`, jsonLeaves(`{"arguments":${text}}`));
  return callInput({ arguments: JSON.parse(text) as JsonObject, rounded, name });
}

function outcome(decision: Decision): string {
  return decision.effect === "deny" ? decision.cause : decision.effect;
}

function outcomes(condition: string, texts: readonly string[]): readonly string[] {
  const policy = policyOf(`${runs}\n${rule(condition)}`);
  return texts.map((text) => outcome(policy.evaluate(called(text))));
}

test("a rule may look inside arguments, by the types that it uses them as", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["context.args has amount && context.args.amount > 100", '{"amount":101}', '{"amount":100}'],
    ["context.args has amount && context.args.amount > 100", '{"amount":101.0}', "{}"],
    [
      'context.args has to && context.args.to like "*@example.com"',
      '{"to":"a@example.com"}',
      '{"to":"a@example.org"}',
    ],
    ["context.args has force && context.args.force", '{"force":true}', '{"force":false}'],
    [
      'context.args has labels && context.args.labels.contains("urgent")',
      '{"labels":["x","urgent"]}',
      '{"labels":[]}',
    ],
    [
      'context.args has role && ["admin", "owner"].contains(context.args.role)',
      '{"role":"owner"}',
      '{"role":"user"}',
    ],
    ["context.args has ids && context.args.ids.containsAny([1, 2])", '{"ids":[2]}', '{"ids":[3]}'],
    ["context.args has customer.email", '{"customer":{"email":null}}', '{"customer":{}}'],
    [
      'context.args has customer.email && context.args.customer.email == "a"',
      '{"customer":{"email":"a"}}',
      '{"customer":{"email":"b"}}',
    ],
    [
      'context.args has price && context.args.price.greaterThan(decimal("9.99"))',
      '{"price":9.991}',
      '{"price":9.99}',
    ],
    [
      'context.args has price && context.args.price.greaterThan(decimal("9.99"))',
      '{"price":10}',
      '{"price":-10}',
    ],
    ['context.args has "a b" && context.args["a b"] == "x"', '{"a b":"x"}', '{"a b":"y"}'],
    [
      "context.args has name && context.args.name == context.tool",
      '{"name":"create_refund"}',
      '{"name":"other"}',
    ],
    [
      'context.args has from && context.args has to && context.args.from == context.args.to && context.args.to like "a*"',
      '{"from":"a","to":"a"}',
      '{"from":"b","to":"a"}',
    ],
    ['context.args has __proto__ && context.args.__proto__ == "x"', '{"__proto__":"x"}', "{}"],
  ];
  for (const [condition, matching, other] of cases) {
    assert.deepEqual(outcomes(condition, [matching, other]), ["review", "allow"], condition);
  }
});

test("a value of another type than a rule asks for is denied with the reason, never silently unmatched", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    [
      "context.args has x && context.args.x > 100",
      [
        '"101"',
        "true",
        "null",
        "[101]",
        "{}",
        "100.5",
        "9007199254740993",
        "1e300",
        "1e400",
        "100.00000000000000001",
      ],
    ],
    ["context.args has x && context.args.x == 0", ["1e-400", '"0"', "-0.5"]],
    ['context.args has x && context.args.x == "a"', ["1", "null", '["a"]', '{"a":1}']],
    ['context.args has x && context.args.x like "a*"', ["7", "false"]],
    ["context.args has x && context.args.x", ['"true"', "1", "null"]],
    [
      'context.args has x && context.args.x.contains("a")',
      ['"a"', "[1]", '["a", null]', '{"a":"a"}'],
    ],
    [
      'context.args has x && context.args.x.lessThan(decimal("1.0"))',
      ['"0.5"', "0.12345", "1e-7", "1e21", "922337203685478", "0.10000000000000000001"],
    ],
    ['context.args has x.y && context.args.x.y == "a"', ["1", "null", '["y"]', '"y"', '{"y":1}']],
  ];
  for (const [condition, values] of cases) {
    for (const value of values) {
      const policy = policyOf(`${runs}\n${rule(condition)}`);
      const decision = policy.evaluate(called(`{"x":${value}}`));
      assert.equal(outcome(decision), "mistyped", `${condition}: ${value}`);
      assert.match(decision.reasons[0]?.text ?? "", /^Rule asked is about context\.args\.x/);
    }
    assert.deepEqual(
      outcomes(condition, ['{"other":1}', '{"X":1}']),
      ["allow", "allow"],
      condition,
    );
  }
});

test("a list that is longer than any rule is asked about is denied, and so is one that holds half a character", () => {
  const condition = 'context.args has x && context.args.x.contains("a")';
  const long = JSON.stringify({ x: Array.from({ length: 1001 }, () => "a") });
  assert.deepEqual(outcomes(condition, [long, String.raw`{"x":["\ud800"]}`]), [
    "mistyped",
    "mistyped",
  ]);
});

test("what a rule for one tool takes an argument for does not stand in the way of another tool", () => {
  const condition = 'context.tool == "create_refund" && context.args has id && context.args.id > 7';
  const policy = policyOf(`${runs}\n${rule(condition)}`);
  assert.equal(outcome(policy.evaluate(called('{"id":"x"}', "get_order"))), "allow");
  assert.equal(outcome(policy.evaluate(called('{"id":"x"}', "create_refund"))), "mistyped");
  const unless = policyOf(
    `${runs}\n@id("a") forbid (${head}) when { context.tool == "a" } unless { context.args has id && context.args.id == 7 };`,
  );
  assert.equal(outcome(unless.evaluate(called('{"id":"x"}', "b"))), "allow");
  assert.equal(outcome(unless.evaluate(called('{"id":"x"}', "a"))), "mistyped");
  assert.equal(outcome(unless.evaluate(called('{"id":7}', "a"))), "allow");
  assert.equal(outcome(unless.evaluate(called("{}", "a"))), "forbidden");
});

test("uses that contradict each other are a problem, and so are uses that do not tell a type", () => {
  const problem = (...conditions: readonly string[]) =>
    problemsOf(conditions.map((each, at) => rule(each, `r${at}`)).join("\n")).join("\n");
  assert.match(
    problem(
      "context.args has x && context.args.x > 1",
      'context.args has x && context.args.x == "a"',
    ),
    /^2: context\.args\.x is used as a text, and in the policy r0 as a whole number/,
  );
  assert.match(
    problem('context.args has x && context.args.x > 1 && context.args.x.lessThan(decimal("1.0"))'),
    /a number with at most four decimal places, and in the policy r0 as a whole number/,
  );
  assert.match(
    problem(
      "context.args has x.y && context.args.x.y > 1",
      'context.args has x && context.args.x == "a"',
    ),
    /context\.args\.x is used as a text in the policy r1, and here it has members/,
  );
  assert.match(
    problem("context.args has x && context.args has y && context.args.x == context.args.y"),
    /What context\.args\.x is can't be told/,
  );
  assert.match(problem("context.args == {}"), /context\.args is no value by itself/);
  assert.match(problem(`context.args.${"a.".repeat(9)}a == 1`), /may be named by 8 keys/);
  assert.match(problem("context.args.x > 1"), /optional attribute|has/i);
  assert.match(
    problemsOf(
      `@id("a") forbid (principal, action, resource) when { context.args has x && context.args.x > 1 };`,
    ).join(),
    /context\.args is not told of sql/,
  );
  const many = Array.from({ length: 201 }, (_, at) => rule(`context.args has k${at}`, `r${at}`));
  assert.match(problemsOf(many.join("\n")).join(), /may name 200 arguments/);
});

test("a list that is only asked whether it is empty is one of texts, unless another use tells", () => {
  const asked = "context.args has ids && !context.args.ids.isEmpty()";
  assert.deepEqual(outcomes(asked, ['{"ids":["a"]}', '{"ids":[]}', '{"ids":[1]}']), [
    "review",
    "allow",
    "mistyped",
  ]);
  const whole = `${asked} && context.args.ids.contains(7)`;
  assert.deepEqual(outcomes(whole, ['{"ids":[7]}', '{"ids":[]}', '{"ids":["a"]}']), [
    "review",
    "allow",
    "mistyped",
  ]);
  assert.match(
    problemsOf(
      rule('context.args has ids && !context.args.ids.isEmpty() && context.args.ids == "a"'),
    ).join(),
    /Set|type|isEmpty/,
  );
});

test("a set tells which arguments it names, and of which types", () => {
  const set = setOf(
    rule(
      'context.args has b.c && context.args.b.c == "x" && context.args has a && context.args.a > 1',
    ),
  );
  assert.deepEqual(set.arguments, [
    { keys: ["a"], type: "Long" },
    { keys: ["b"], type: "any" },
    { keys: ["b", "c"], type: "String" },
  ]);
});

test("of arguments that no rule names nothing is asked, and calls that differ in them alone are one to policy", () => {
  const policy = policyOf(
    `${runs}\n${rule("context.args has amount && context.args.amount > 100")}`,
  );
  const one = policy.evaluate(called('{"amount":101,"note":"a"}'));
  assert.equal(policy.evaluate(called('{"note":{"amount":5},"amount":101}')), one);
  assert.notEqual(policy.evaluate(called('{"amount":100,"note":"a"}')), one);
  assert.notEqual(policy.evaluate(called('{"amount":"101"}')), one);
});

test("whatever is sent, a rule that could speak of it decides, or it is denied: never is it passed over", () => {
  const policy = policyOf(
    `${runs}\n@id("never") forbid (${head}) when { context.args has x && context.args.x == 7 };`,
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const effect = outcome(policy.evaluate(called(JSON.stringify({ x: value }))));
      const whole = typeof value === "number" && Number.isSafeInteger(value);
      assert.equal(effect, whole ? (value === 7 ? "forbidden" : "allow") : "mistyped");
    }),
  );
});

test("decimals compare as the numbers that were sent", () => {
  const policy = policyOf(
    `${runs}\n${rule('context.args has x && context.args.x.greaterThan(decimal("12.3456"))')}`,
  );
  fc.assert(
    fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), fc.nat(4), (digits, places) => {
      const text = (digits / 10 ** places).toFixed(places);
      const expected = Number(text) > 12.3456 ? "review" : "allow";
      assert.equal(outcome(policy.evaluate(called(`{"x":${text}}`))), expected, text);
    }),
  );
});

test("what policy never permits is told, whatever the arguments are, and nothing that it may permit", () => {
  const of = (text: string) => policyOf(text).neverPermits(callInput());
  const forbids = (condition: string) => `@id("f") forbid (${head}) when { ${condition} };`;
  assert.equal(of(runs), false);
  assert.equal(of(rule('context.tool == "create_refund"')), false);
  assert.equal(of(rule('context.tool == "other"')), true);
  assert.equal(of(`${runs}\n${forbids('context.toolClass == "write"')}`), true);
  assert.equal(of(`${runs}\n${forbids('context.toolClass == "send"')}`), false);
  // These hang on what it is called with.
  assert.equal(of(`${runs}\n${forbids("context.args has x && context.args.x > 1")}`), false);
  assert.equal(of(`${runs}\n${forbids("!(context.args has x)")}`), false);
  assert.equal(of(rule("context.args has x && context.args.x > 1")), false);
  assert.equal(
    of(rule('context.tool == "other" && context.args has x && context.args.x > 1')),
    true,
  );
  const policy = policyOf(runs);
  assert.equal(policy.neverPermits({ ...callInput(), facts: null as never }), false);
});

test("whatever is never permitted is denied with any arguments", () => {
  const condition = fc.constantFrom(
    'context.tool == "create_refund"',
    'context.toolClass == "send"',
    "context.args has x && context.args.x == 7",
    "!(context.args has x)",
    'context.toolClass == "write" && context.args has x && context.args.x > 1',
  );
  const effect = fc.constantFrom("permit", "forbid");
  fc.assert(
    fc.property(
      fc.array(fc.tuple(effect, condition), { minLength: 1, maxLength: 4 }),
      fc.option(fc.integer({ min: 0, max: 9 })),
      (rules, x) => {
        const text = rules.map(
          ([what, when], at) => `@id("r${at}") ${what} (${head}) when { ${when} };`,
        );
        const policy = policyOf(text.join("\n"));
        if (!policy.neverPermits(callInput())) return;
        assert.equal(policy.evaluate(called(x === null ? "{}" : `{"x":${x}}`)).effect, "deny");
      },
    ),
    { numRuns: 60 },
  );
});
