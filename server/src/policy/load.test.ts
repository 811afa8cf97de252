import assert from "node:assert/strict";
import { test } from "node:test";
import { verbs } from "#/core/verb.ts";
import { createPolicy } from "./evaluate.ts";
import { input, policyOf, problemsOf, setOf } from "./inputs.test-support.ts";
import { loadPolicies } from "./load.ts";
import { unmaskedVerbs } from "./schema.ts";
import { maskTargetsOfSetMax, policiesMax } from "./set-problems.ts";
import { maskProblems, policyNestingMax, policyTokensMax, readSources } from "./source.ts";

const read = `action == Countersign::Action::"sql.read"`;
const permit = (id: string, condition = "") =>
  `@id("${id}") permit (principal, ${read}, resource) ${condition};`;

test("all problems of all files are told at once, each with its file, line and column", () => {
  const load = loadPolicies([
    {
      path: "b.cedar",
      text: `// é, which is two bytes
${permit("twice")}

@id("typo")
@mask("emial")
@ttl("soon")
permit (principal, action == Countersign::Action::"sql.raed", resource);

@id("syntax") permit (principal, ${read}, resource) when { "é" == oops oops };
permit (principal, ${read}, resource) when { context.nothing };
`,
    },
    { path: "a/z.cedar", text: `${permit("twice")}\n\n  permit (principal, action` },
  ]);
  assert.equal(load.ok, false);
  const told = load.problems.map(
    ({ file, line, column, policy, message }) =>
      `${file}:${line}:${column} ${policy}: ${message.slice(0, 40)}`,
  );
  assert.deepEqual(told, [
    "a/z.cedar:3:28 null: unexpected end of input; expected `!=`, ",
    'b.cedar:2:1 twice: @id("twice") is taken by a/z.cedar:1.',
    'b.cedar:5:1 typo: @mask: "emial" is no recognizer, did you',
    "b.cedar:6:1 typo: @ttl has no effect without @review: this",
    'b.cedar:6:1 typo: @ttl: "soon" is no duration; write "30s"',
    "b.cedar:7:30 typo: unrecognized action `Countersign::Action",
    "b.cedar:9:106 null: unexpected token `oops`; expected `!=`, ",
    "b.cedar:10:1 null: A policy needs @id with a name of its ow",
    "b.cedar:10:80 null: attribute `nothing` in context for Count",
  ]);
});

test("a set without a policy is a problem: nothing could ever be allowed", () => {
  assert.deepEqual(loadPolicies([]), {
    ok: false,
    problems: [
      {
        file: ".",
        line: 1,
        policy: null,
        message: "There is no policy, so nothing could ever be allowed.",
      },
    ],
  });
  assert.equal(problemsOf("// permit (principal, action, resource);").length, 1);
});

test("a permit that covers unreadable commands needs a review", () => {
  const covering = [
    "action",
    `action == Countersign::Action::"sql.opaque"`,
    `action in Countersign::Action::"sql.opaque"`,
    `action in [Countersign::Action::"sql", Countersign::Action::"sql.opaque"]`,
  ];
  for (const action of covering) {
    const problems = problemsOf(`@id("a") permit (principal, ${action}, resource);`);
    assert.equal(problems.length, 1, action);
    assert.match(problems[0] ?? "", /^1: This permit covers sql\.opaque/);
    const held = `@id("a") @review("1 of dba") permit (principal, ${action}, resource);`;
    assert.deepEqual(problemsOf(held), [], action);
    assert.deepEqual(problemsOf(`@id("a") forbid (principal, ${action}, resource);`), [], action);
  }
});

test("a condition does not excuse a permit from covering unreadable commands", () => {
  const condition = `when { action == Countersign::Action::"sql.read" }`;
  const problems = problemsOf(`@id("a") permit (principal, action, resource) ${condition};`);
  assert.match(problems[0] ?? "", /This permit covers sql\.opaque/);
});

test("a permit for named verbs or the family covers no unreadable command", () => {
  for (const action of [
    `action in Countersign::Action::"sql"`,
    `action in [Countersign::Action::"sql.schema", Countersign::Action::"sql.admin"]`,
  ]) {
    const policy = policyOf(`@id("a") permit (principal, ${action}, resource);`);
    assert.equal(policy.evaluate(input(["sql.opaque"])).effect, "deny", action);
  }
});

test("the family sql is reads and writes, and no other verb", () => {
  const policy = policyOf(
    `@id("a") permit (principal, action in Countersign::Action::"sql", resource);`,
  );
  const allowed = verbs.filter((verb) => policy.evaluate(input([verb])).effect === "allow");
  assert.deepEqual(allowed, ["sql.read", "sql.write"]);
});

test("a permit that masks what a verb returns that nothing masks is a problem, by its head alone", () => {
  const masked = (head: string, effect = "permit") => {
    const text = `@id("a") @mask("email") ${effect} (principal, ${head}, resource);`;
    const [source] = readSources({ path: "a.cedar", text });
    assert(source !== undefined);
    return maskProblems(source, ["git.push"]).map(({ message }) => message);
  };
  assert.match(masked("action").join(), /^@mask can't be kept for git\.push: /);
  assert.match(masked(`action == Countersign::Action::"git.push"`).join(), /git\.push/);
  assert.match(
    masked(`action in [${read.slice(10)}, Countersign::Action::"git.push"]`).join(),
    /git\.push/,
  );
  assert.deepEqual(masked(read), []);
  assert.deepEqual(masked("action", "forbid"), []);
  assert.deepEqual(unmaskedVerbs, [], "all that is returned today is masked");
});

test("a policy that can never apply is a problem", () => {
  const scope = `action in [Countersign::Action::"sql"], resource in Countersign::Group::"a"`;
  assert.match(problemsOf(`@id("a") forbid (principal, ${scope});`).join("\n"), /impossible/);
  assert.match(problemsOf(permit("a", "when { false }")).join(), /impossible/);
});

test("a group of actions where one action belongs is told once, with what to write", () => {
  const problems = problemsOf(
    `@id("a") forbid (principal, action == Countersign::Action::"sql", resource);`,
  );
  assert.equal(problems.length, 1, problems.join("\n"));
  assert.match(problems[0] ?? "", /write action in Countersign::Action::"sql"/);
});

test("text that does not read as it looks is a problem", () => {
  const hidden = `when { context.kinds.contains("se\u202elect") }`;
  assert.match(problemsOf(permit("a", hidden)).join(), /BIDI/);
});

test("the schema is strict: unknown attributes, labels without a test, mixed types", () => {
  const conditions = [
    "when { context.command == 1 }",
    "when { principal.name == 1 }",
    `when { resource.getTag("tier") == "gold" }`,
    "when { context.kinds == 1 }",
    `when { context.kinds.contains(1) }`,
    `when { principal in Countersign::Team::"a" }`,
  ];
  for (const condition of conditions) {
    assert.notEqual(problemsOf(permit("a", condition)).length, 0, condition);
  }
});

test("what one family alone is told of can't be asked of another, and the problem says what to write", () => {
  const head = (verb: string) => `principal, action in Countersign::Action::"${verb}", resource`;
  assert.deepEqual(
    problemsOf(
      `@id("a")\nforbid (principal, action, resource)\nwhen { context.kinds.contains("drop_table") };`,
    ),
    [
      "3: context.kinds is not told of mcp.call, mcp.read, which the head covers too; name the verbs that are meant in the head, or ask first: context has kinds && …",
    ],
  );
  assert.match(
    problemsOf(
      `@id("a") forbid (principal, action, resource) when { context.toolClass == "send" };`,
    ).join(),
    /^1: context\.toolClass is not told of sql\.admin, .*sql\.write, which/,
  );
  assert.deepEqual(
    problemsOf(`@id("a") forbid (${head("mcp")}) when { context.toolClass == "send" };`),
    [],
  );
  assert.match(
    problemsOf(`@id("a") forbid (${head("mcp")}) when { context.kinds.isEmpty() };`).join(),
    /^1: attribute `kinds` in context/,
  );
  assert.deepEqual(
    problemsOf(
      `@id("a") forbid (principal, action, resource) when { context has toolClass && context.toolClass == "send" };`,
    ),
    [],
  );
});

test("a rule that asks for a word that the gateway never says is a problem, with the one that was meant", () => {
  const asked = (condition: string) =>
    problemsOf(
      `@id("a") forbid (principal, action in Countersign::Action::"mcp", resource) when { ${condition} };`,
    );
  assert.deepEqual(asked('context.toolClass == "sends"'), [
    '1: context.toolClass is never "sends", did you mean send; it is one of read, write, destructive, send, unknown.',
  ]);
  assert.match(asked('"pined" != context.definition').join(), /did you mean pinned/);
  assert.match(asked('["write", "delete"].contains(context.toolClass)').join(), /never "delete"/);
  assert.match(
    asked('context.tool == "a" && !(context.method == "tools/list")').join(),
    /never "tools\/list"/,
  );
  assert.deepEqual(
    asked('["write", "send"].contains(context.toolClass) && context.tool == "sends"'),
    [],
  );
});

test("a limit of rows can't be kept for calls, by verb or by family", () => {
  for (const action of [`in Countersign::Action::"mcp"`, `== Countersign::Action::"mcp.call"`]) {
    const problems = problemsOf(
      `@id("a") @max_rows("5") permit (principal, action ${action}, resource);`,
    );
    assert.match(problems.join(), /^1: @max_rows can't be kept for mcp\.(read, mcp\.)?call: /);
  }
});

test("templates are refused", () => {
  const problems = problemsOf(`@id("a") permit (principal == ?principal, action, resource);`);
  assert.match(problems.join(), /expected a static policy/);
});

test("a policy that could break the evaluator is refused before the evaluator sees it", () => {
  const attacks = {
    brackets: `${"(".repeat(150)}true${")".repeat(150)}`,
    sets: `${"[".repeat(150)}1${"]".repeat(150)} == [1]`,
    records: `${"{a:".repeat(500)}1${"}".repeat(500)} == {a: 1}`,
    conjunction: Array.from({ length: 2000 }, () => "context.filtered").join(" && "),
    sum: `0 == ${Array.from({ length: 2000 }, () => "1").join("+")}`,
    choices: `${"if context.filtered then true else ".repeat(1000)}true`,
    attributes: `context${".a".repeat(2000)}`,
  };
  for (const [name, body] of Object.entries(attacks)) {
    const problems = problemsOf(permit("a", `when { ${body} }`));
    assert.equal(problems.length, 1, name);
    assert.match(problems[0] ?? "", /words and signs|nested \d+ deep/, name);
  }
  assert.deepEqual(problemsOf(permit("a")), []);
});

test("a policy at the bounds still loads and decides", () => {
  const inner = `${"(".repeat(policyNestingMax - 2)}true${")".repeat(policyNestingMax - 2)}`;
  const head = "permit (principal, action == Countersign::Action, resource) when { } ; @ id ( )";
  const headTokens = head.match(/\w+|::|==|[^\s,]/g)?.length ?? 0;
  const terms = Math.floor((policyTokensMax - headTokens - 2 * policyNestingMax - 8) / 4);
  const chain = Array.from({ length: terms }, () => "context.filtered").join(" && ");
  const policy = policyOf(permit("a", `when { ${chain} && (${inner}) }`));
  assert.equal(policy.evaluate(input(["sql.read"])).effect, "allow");
  const sum = Array.from({ length: 180 }, () => "1").join("+");
  const summing = policyOf(permit("a", `when { context.statements + ${sum} == 181 }`));
  assert.equal(summing.evaluate(input(["sql.read"])).effect, "allow");
});

test("a list of names may be long", () => {
  const names = Array.from({ length: 3000 }, (_, n) => `"public.t${n}"`).join(", ");
  const policy = policyOf(permit("a", `unless { context.reads.containsAny([${names}]) }`));
  assert.equal(policy.evaluate(input(["sql.read"])).effect, "allow");
});

test("a set has a bounded number of policies", () => {
  const text = Array.from({ length: policiesMax + 1 }, (_, n) => `x${n};`).join("\n");
  assert(problemsOf(text).some((problem) => problem.includes(`may have ${policiesMax} policies`)));
});

test("a set masks a bounded number of targets, each counted once however many rules name it", () => {
  const masking = (id: string, from: number, count: number) => {
    const targets = Array.from({ length: count }, (_, n) => `public.people.c${from + n}`);
    return `@mask("${targets.join(", ")}") ${permit(id)}`;
  };
  const half = maskTargetsOfSetMax / 4;
  const full = [0, 1, 2, 3].map((n) => masking(`a${n}`, n * half, half)).join("\n");
  assert.deepEqual(problemsOf(`${full}\n${masking("again", 0, half)}`), []);
  const [problem, ...more] = problemsOf(`${full}\n${masking("more", 4 * half, 1)}`);
  assert.match(problem ?? "", /a set may mask 500 targets in all/i);
  assert.deepEqual(more, []);
});

test("text that is no Unicode is a problem", () => {
  assert.deepEqual(problemsOf(`${permit("a")} // \ud800`), [
    "1: The text is not well-formed Unicode.",
  ]);
});

test("the digest depends on paths and texts, not on the order of the files", () => {
  const digestOf = (...files: readonly (readonly [string, string])[]) => {
    const load = loadPolicies(files.map(([path, text]) => ({ path, text })));
    assert(load.ok);
    return load.set.digest;
  };
  const one = ["one.cedar", permit("a")] as const;
  const two = ["two.cedar", permit("b")] as const;
  assert.equal(digestOf(one, two), digestOf(two, one));
  const digests = [
    digestOf(one, two),
    digestOf(one),
    digestOf(["renamed.cedar", permit("a")], two),
    digestOf(["one.cedar", `${permit("a")} `], two),
    digestOf(["one.cedar", `${permit("a")}${permit("b")}`]),
  ];
  assert.equal(new Set(digests).size, digests.length);
  assert.match(digests[0] ?? "", /^[0-9a-f]{64}$/);
});

test("two sets are loaded at once and each decides by itself", () => {
  const opening = setOf(permit("a"));
  const closing = setOf(`@id("a") forbid (principal, action, resource);`);
  const [open, closed] = [createPolicy(opening), createPolicy(closing)];
  for (let round = 0; round < 2; round += 1) {
    assert.equal(open.evaluate(input(["sql.read"])).effect, "allow");
    assert.equal(closed.evaluate(input(["sql.read"])).effect, "deny");
  }
  assert.notEqual(open.digest, closed.digest);
});
