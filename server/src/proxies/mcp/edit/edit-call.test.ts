import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCallTree } from "@countersign/sdk/call-tree";
import { schemaFaults } from "@countersign/sdk/schema-faults";
import * as fc from "fast-check";
import type { Action } from "#/core/action.ts";
import { unclaimed } from "#/core/facts.ts";
import type { ActionId, Digest } from "#/core/ids.ts";
import type { Json } from "#/core/json.ts";
import { jsonLeaves } from "#/core/json-leaves.ts";
import type { Edited } from "#/core/protocol.ts";
import type { ShownRuns } from "#/core/pseudonym.ts";
import { maskAction } from "#/masking/action/mask-action.ts";
import { finder } from "#/masking/finder.test-support.ts";
import { invalidUnder } from "#/proxies/mcp/masked/input-schema.ts";
import { editCall } from "./edit-call.ts";

function faultsOf(inputSchema: Json, text: string) {
  const value = parseCallTree(text);
  return value === null ? [] : schemaFaults(inputSchema, value);
}

const schema: Json = {
  type: "object",
  properties: {
    to: { type: "array", items: { type: "string", format: "email" }, maxItems: 3 },
    amount: { type: "number", minimum: 0, maximum: 1000 },
    currency: { enum: ["EUR", "USD"] },
    ssn: { type: "integer" },
    note: { type: "string", pattern: "^(a+)+$" },
  },
  required: ["to"],
  additionalProperties: false,
};

const sent = {
  to: ["ada@example.com", "bob@example.com"],
  amount: 500,
  ssn: 219099999,
  note: "for ada@example.com",
};
const commandWith = (args: unknown, more: object = { _meta: { tenant: "eu" } }) =>
  JSON.stringify({ method: "tools/call", name: "refund", arguments: args, ...more });

function actionOf(command: string): Action {
  return {
    id: "act_1" as ActionId,
    family: "mcp",
    verbs: ["mcp.call"],
    principal: { kind: "agent", name: "a", groups: [], onBehalfOf: null, people: [] },
    resource: {
      kind: "mcp",
      connection: "billing",
      environment: "test",
      labels: {},
      endpoint: "https://x.example/mcp",
    },
    command,
    parameters: [],
    data: null,
    facts: {
      family: "mcp",
      method: "tools/call",
      name: "refund",
      arguments: sent,
      rounded: [],
      claims: unclaimed,
      definition: "pinned",
      toolClass: "write",
      flags: [],
      saysOpenWorld: false,
      literals: jsonLeaves(command),
    },
    session: "s",
    fingerprint: "f",
    revision: 1,
    salt: "00",
    agentReason: null,
    proposedAt: 0,
  };
}

/** What people are shown of it. */
async function shownOf(
  action: Action,
): Promise<{ readonly command: string; readonly shown: ShownRuns }> {
  const { command, pseudonyms, fields } = await maskAction(
    finder,
    { ...action, asked: null, agentReason: null },
    async () => {},
  );
  const literals = fields.map(({ start, end, original }) => ({
    shown: command.slice(start, end),
    written: original,
  }));
  return { command, shown: { digest: "d" as Digest, pseudonyms, literals, parameters: [] } };
}

async function edit(
  change: (shown: string) => string,
  inputSchema: Json | null = schema,
): Promise<Edited> {
  const action = actionOf(commandWith(sent));
  const { command, shown } = await shownOf(action);
  return editCall(
    { action, command: change(command), parameters: null, shown },
    inputSchema,
    faultsOf,
  );
}

const named = {
  roles: { "ada@example.com": { ssn: 219099999 }, "bob@example.com": { ssn: 219099999, x: 1 } },
  note: "ask ada@example.com",
};

async function editNamed(change: (shown: string) => string, inputSchema: Json | null = null) {
  const action = actionOf(commandWith(named));
  const { command, shown } = await shownOf(action);
  assert.doesNotMatch(command, /example\.com/);
  return editCall(
    { action, command: change(command), parameters: null, shown },
    inputSchema,
    faultsOf,
  );
}

async function command(change: (shown: string) => string): Promise<string> {
  const edited = await edit(change);
  assert.equal(edited.kind, "edited", JSON.stringify(edited));
  return edited.kind === "edited" ? edited.action.command : "";
}

async function refused(change: (shown: string) => string): Promise<string> {
  const edited = await edit(change);
  assert.equal(edited.kind, "refused");
  return edited.kind === "refused" ? edited.message : "";
}

test("an edit keeps what it leaves masked, to the byte, and changes the rest", async () => {
  assert.equal(
    await command((shown) => {
      assert.match(
        shown,
        /"to":\["<EMAIL_1>","<EMAIL_2>"\],"amount":500,"ssn":<US_SSN_1>,"note":"for <EMAIL_1>"/,
      );
      return shown.replace('"amount":500', '"amount": 100.50 ');
    }),
    commandWith(sent).replace('"amount":500', '"amount":100.50'),
  );
});

test("an edit may write anew what is masked, drop it, and change a text around it", async () => {
  assert.equal(
    await command((shown) =>
      shown.replace(',"<EMAIL_2>"', "").replace("for <EMAIL_1>", "not for <EMAIL_1>!"),
    ),
    commandWith({ ...sent, to: ["ada@example.com"], note: "not for ada@example.com!" }),
  );
});

test("edited arguments may be laid out in lines", async () => {
  const pretty = (shown: string) =>
    shown.replace('"amount":500', '\n  "amount" : 1').replaceAll(",", " ,\n");
  assert.equal(await command(pretty), commandWith({ ...sent, amount: 1 }));
});

test("a masked value can't be moved to where somebody would see it, or another would get it", async () => {
  for (const change of [
    (shown: string) => shown.replace('"for <EMAIL_1>"', '"for <EMAIL_2>"'),
    (shown: string) => shown.replace('"amount":500', '"amount":<US_SSN_1>'),
    (shown: string) => shown.replace('"note":"for', '"note":"<US_SSN_1> for'),
    (shown: string) => shown.replace('"note"', '"<EMAIL_1>"'),
  ]) {
    assert.match(await refused(change), /can't be put elsewhere/);
  }
  assert.match(
    await refused((shown) => shown.replace("<EMAIL_2>", "<EMAIL_7>")),
    /<EMAIL_7> stands for nothing/,
  );
});

test("a key that stands masked means what was sent, and so does what stands beneath it", async () => {
  const edited = await editNamed((shown) =>
    shown.replace('"x":1', '"x":2').replace("ask <EMAIL_1>", "tell <EMAIL_1>"),
  );
  assert.ok(edited.kind === "edited", JSON.stringify(edited));
  assert.equal(
    edited.action.command,
    commandWith(named).replace('"x":1', '"x":2').replace("ask ada", "tell ada"),
  );
  const fewer = await editNamed((shown) => shown.replace(/"<EMAIL_1>":\{[^}]*\},/, ""));
  assert.ok(fewer.kind === "edited" && !/"ada@example.com":/.test(fewer.action.command));
});

test("a masked key can't be moved, and nobody is told what it is", async () => {
  for (const change of [
    (shown: string) => shown.replace('"note":"ask', '"<EMAIL_2>":"ask'),
    (shown: string) => shown.replace('"x":1', '"x":"<EMAIL_2>"'),
    (shown: string) => shown.replace('"<EMAIL_2>":{', '"c":{'),
    (shown: string) => shown.replace('"roles"', '"owners"'),
  ]) {
    const edited = await editNamed(change);
    assert.ok(edited.kind === "refused", JSON.stringify(edited));
    assert.match(edited.message, /can't be put elsewhere/);
    assert.doesNotMatch(edited.message, /example\.com/);
  }
  const wrong = await editNamed((shown) => shown.replace('"x":1', '"x":{}'), {
    properties: { roles: { additionalProperties: { properties: { x: { type: "number" } } } } },
  });
  assert.ok(wrong.kind === "refused", JSON.stringify(wrong));
  assert.match(
    wrong.message,
    /arguments\.roles\."<EMAIL_2>"\.x is an object \(it takes: number\)\.$/,
  );
});

test("what the tool's schema surely refuses is refused, by its place and with what it takes there; what can't be told is left to the tool", async () => {
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    [
      '"amount":500',
      '"amount":"500"',
      /arguments\.amount is a text \(it takes: number, from 0 to 1000\)\.$/,
    ],
    ['"amount":500', '"amount":-1', /arguments\.amount is out of bounds \(it takes: number/],
    ['"amount":500', '"amount":1001', /arguments\.amount is out of bounds/],
    ['"amount":500', '"currency":"GBP"', /arguments\.currency is none of .*: one of EUR, USD\.$/],
    ['"amount":500', '"other":1', /arguments\.other is not taken by the tool: fields to, amount/],
    [
      '"to":["<EMAIL_1>","<EMAIL_2>"]',
      '"amount2":1',
      /arguments\.to is missing \(it takes: list of texts \(email\), at most 3\)\. arguments\.amount2 is not taken/,
    ],
    [
      '"to":["<EMAIL_1>","<EMAIL_2>"]',
      '"to":[1]',
      /arguments\.to\[0\] is a number \(it takes: text \(email\)\)/,
    ],
  ];
  for (const [from, to, why] of wrong) {
    assert.match(await refused((shown) => shown.replace(from, to)), why);
  }
  assert.match(
    await command((shown) =>
      shown.replace('"for <EMAIL_1>"', '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"'),
    ),
    /aaa!/,
  );
  const free = await edit((shown) => shown.replace('"amount":500', '"other":1'), null);
  assert.equal(free.kind, "edited");
});

test("nothing but arguments can be edited", async () => {
  for (const [from, to, what] of [
    ["tools/call", "prompts/get", "method"],
    ['"name":"refund"', '"name":"delete_all"', "name"],
    ['"tenant":"eu"', '"tenant":"us"', "_meta"],
    [',"_meta":{"tenant":"eu"}', "", "_meta"],
    ['"_meta":', '"more":1,"_meta":', "more"],
  ] as const) {
    assert.match(
      await refused((shown) => shown.replace(from, to)),
      new RegExp(`arguments can be edited, and ${what} `),
    );
  }
});

test("what is no JSON, stands twice, or is no object is refused", async () => {
  assert.match(await refused((shown) => `${shown} x`), /no JSON/);
  assert.match(
    await refused((shown) => shown.replace('"amount":500', '"amount":1,"amount":2')),
    /stands twice/,
  );
  assert.match(
    await refused(
      () => '{"method":"tools/call","name":"refund","arguments":[],"_meta":{"tenant":"eu"}}',
    ),
    /Arguments are an object/,
  );
  assert.match(await refused((shown) => shown.replace("500", "5\ud800")), /no text/);
});

test("an edit that changes nothing is told so, however it is laid out, and none counts for an approval", async () => {
  const same = await edit((shown) => shown.replaceAll(":", " : "));
  assert.ok(same.kind === "refused" && same.code === "review.override_unchanged");
  const less = await edit((shown) => shown.replace("500", "1"));
  assert.ok(
    less.kind === "edited" &&
      !less.narrows &&
      less.action.revision === 2 &&
      less.action.fingerprint === null,
  );
  const { facts } = less.action;
  assert.ok(facts.family === "mcp" && facts.arguments["amount"] === 1);
  assert.deepEqual(facts.literals, jsonLeaves(less.action.command));
});

test("a call without arguments can get some", () => {
  const action = actionOf(commandWith(undefined));
  const shown: ShownRuns = { digest: "d" as Digest, pseudonyms: [], literals: [], parameters: [] };
  const withSome = commandWith({ to: [] });
  const edited = editCall({ action, command: withSome, parameters: null, shown }, schema, faultsOf);
  assert.ok(edited.kind === "edited" && edited.action.command === withSome);
});

test("nothing is told to be wrong that would be taken", () => {
  const leaf = fc.oneof(
    fc.constantFrom("", "a", "EUR", "<EMAIL_1>"),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
  );
  const names = fc.constantFrom("a", "b", "c");
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(names, tie("value")),
    ),
  }));
  const limit = fc.integer({ min: -2, max: 3 });
  const type = fc.constantFrom("string", "number", "integer", "boolean", "null", "object", "array");
  const { part } = fc.letrec<{ readonly part: Json }>((tie) => ({
    part: fc.oneof(
      { maxDepth: 4 },
      fc.boolean(),
      fc.record(
        {
          type: fc.oneof(type, fc.array(type, { minLength: 1, maxLength: 3 })),
          nullable: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
      fc.record({ enum: fc.array(leaf, { maxLength: 3 }), const: leaf }, { requiredKeys: [] }),
      fc.record(
        {
          minimum: limit,
          exclusiveMaximum: limit,
          minLength: limit,
          maxLength: limit,
          minItems: limit,
          maxItems: limit,
          maxProperties: limit,
        },
        { requiredKeys: [] },
      ),
      fc.record(
        {
          properties: fc.dictionary(names, tie("part")),
          required: fc.array(names, { maxLength: 2 }),
          additionalProperties: tie("part"),
        },
        { requiredKeys: [] },
      ),
      fc.record(
        {
          patternProperties: fc.dictionary(names, tie("part")),
          additionalProperties: fc.constant(false),
        },
        { requiredKeys: [] },
      ),
      fc.record(
        { items: tie("part"), prefixItems: fc.array(tie("part"), { maxLength: 2 }) },
        { requiredKeys: [] },
      ),
      fc.record({ anyOf: fc.array(tie("part"), { minLength: 1, maxLength: 3 }) }),
      fc.record(
        {
          oneOf: fc.array(tie("part"), { minLength: 1, maxLength: 2 }),
          $ref: fc.constantFrom("#", "#/$defs/x", "#/properties/a"),
        },
        { requiredKeys: [] },
      ),
      fc.record({ allOf: fc.array(tie("part"), { maxLength: 2 }) }),
    ) as fc.Arbitrary<Json>,
  }));
  let told = 0;
  fc.assert(
    fc.property(part, value, (inputSchema, given) => {
      const text = JSON.stringify(given);
      const faults = faultsOf(inputSchema, text);
      if (faults.length > 0) told += 1;
      if (faults.length > 0) assert.notEqual(invalidUnder(inputSchema, text), null);
    }),
    { numRuns: 5000 },
  );
  assert.ok(told > 500, `${told} were wrong`);
});

test("a guess of what is masked is told nothing by an edit, right or wrong, whole or in part", async () => {
  const guesses: readonly (readonly [string, string, string])[] = [
    ['"<EMAIL_1>"', '"ada@example.com"', '"eve@example.com"'],
    ["for <EMAIL_1>", "for ada@example.com", "for eve@example.com"],
    [
      '["<EMAIL_1>","<EMAIL_2>"]',
      '["<EMAIL_1>","bob@example.com"]',
      '["<EMAIL_1>","eve@example.com"]',
    ],
    ["<US_SSN_1>", "219099999", "219099998"],
  ];
  for (const [masked, right, wrong] of guesses) {
    const answers = await Promise.all(
      [right, wrong].map((guess) =>
        edit((shown) => {
          assert.ok(shown.includes(masked), `${masked} in ${shown}`);
          return shown.replace(masked, guess);
        }, null),
      ),
    );
    for (const answer of answers) assert.equal(answer.kind, "edited", JSON.stringify(answer));
    const [one, other] = answers.map((answer) =>
      answer.kind === "edited"
        ? [answer.narrows, answer.action.revision, answer.action.fingerprint]
        : null,
    );
    assert.deepEqual(one, other, masked);
  }
});

test("a guess of what is masked besides the arguments is refused in the same words, right or wrong", async () => {
  const action = actionOf(commandWith(sent, { _meta: { owner: "ada@example.com" } }));
  const { command: before, shown } = await shownOf(action);
  assert.match(before, /"owner":"<EMAIL_1>"/);
  const told = ["ada@example.com", "eve@example.com"].map((guess) => {
    const text = before.replace('"owner":"<EMAIL_1>"', `"owner":"${guess}"`).replace("500", "400");
    const answer = editCall({ action, command: text, parameters: null, shown }, null, faultsOf);
    return answer.kind === "refused" ? answer.message : "edited";
  });
  assert.match(told[0] ?? "", /_meta is not as it was sent/);
  assert.equal(told[0], told[1]);
  const kept = { action, command: before.replace("500", "400"), parameters: null, shown };
  assert.equal(editCall(kept, null, faultsOf).kind, "edited");
});
