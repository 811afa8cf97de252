import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { verbs } from "#/core/verb.ts";
import { headline, type Told } from "./headline.ts";
import type { ToldCall } from "./headline-mcp.ts";
import type { ToldStatement } from "./headline-sql.ts";

const told = (facts: Partial<ToldStatement>, verb: Told["verbs"][number]) =>
  headline({
    verbs: [verb],
    facts: { kinds: [], reads: [], writes: [], filtered: true, opaque: null, ...facts },
    connection: "shop",
    environment: "production",
  });
const called = (facts: Partial<ToldCall>) =>
  headline({
    verbs: ["mcp.call"],
    facts: {
      method: "tools/call",
      name: "create_refund",
      toolClass: "write",
      definition: "pinned",
      ...facts,
    },
    connection: "payments",
    environment: "production",
  });
const customers = ["public.customers"];

test("of a call a headline says what is called and what the gateway takes it for", () => {
  const cases: readonly (readonly [Partial<ToldCall>, string])[] = [
    [{}, "Call create_refund, which changes data, in payments, production"],
    [{ toolClass: "read" }, "Call create_refund, which reads, in payments, production"],
    [
      { toolClass: "unknown", definition: "changed" },
      "Call create_refund, of which nobody has said what it does and whose definition has changed, in payments, production",
    ],
    [
      { name: "pay, which reads, in sandbox", toolClass: "destructive" },
      'Call "pay, which reads, in sandbox", which may destroy data, in payments, production',
    ],
    [
      { method: "resources/read", name: "file:///etc/hosts" },
      'Read the resource "file:///etc/hosts" in payments, production',
    ],
    [{ method: "prompts/get", name: "greet" }, "Get the prompt greet in payments, production"],
    [{ method: "tools/list", name: "" }, "List the tools in payments, production"],
  ];
  for (const [facts, expected] of cases) assert.equal(called(facts), expected);
});

test("a headline says what would happen, to what and where", () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      told({ kinds: ["delete"], writes: customers }, "sql.write"),
      "Delete rows of customers in shop, production",
    ],
    [
      told({ kinds: ["insert"], writes: ["crm.leads"], reads: customers }, "sql.write"),
      "Insert rows into crm.leads in shop, production",
    ],
    [
      told({ kinds: ["delete", "merge", "update"], writes: customers }, "sql.write"),
      "Merge rows into customers in shop, production",
    ],
    [
      told({ kinds: ["create_index"], writes: customers }, "sql.schema"),
      "Create index on customers in shop, production",
    ],
    [
      told({ kinds: ["create_table", "grant"], writes: customers }, "sql.admin"),
      "Create table and grant rights in shop, production",
    ],
    [
      told({ kinds: ["select"], reads: customers }, "sql.read"),
      "Read customers in shop, production",
    ],
    [told({ kinds: ["begin"] }, "sql.read"), "Begin in shop, production"],
    [told({ kinds: ["test_connection"] }, "sql.read"), "Test the connection in shop, production"],
  ];
  for (const [said, expected] of cases) assert.equal(said, expected);
});

test("a headline never sounds smaller than the facts are", () => {
  const kinds = ["delete"];
  assert.match(
    told({ kinds, writes: customers, filtered: false }, "sql.write"),
    /^Delete every row of customers /,
  );
  assert.match(
    told({ kinds: ["truncate"], writes: customers }, "sql.write"),
    /^Delete every row of customers /,
  );
  assert.match(
    told({ kinds: ["delete", "update"], writes: customers, filtered: false }, "sql.write"),
    /^Delete and update rows of customers, at least one without a filter /,
  );
  assert.match(
    told(
      { kinds: ["begin", "drop_table", "grant", "insert"], writes: ["a", "b", "c", "d"] },
      "sql.admin",
    ),
    /^Insert rows into a, b, c and 1 more and drop table and 1 more in /,
  );
  assert.match(
    told({ kinds: ["do"], opaque: "a code block" }, "sql.opaque"),
    /^Run a code block that can't be read /,
  );
  assert.match(
    told({ kinds: ["delete"], writes: customers, opaque: "an unknown function" }, "sql.opaque"),
    /^Run something that can't be read, and change customers /,
  );
  // A read by its kind that changes something all the same, as by a function.
  assert.match(told({ kinds: ["select"], reads: customers }, "sql.write"), /^Change data /);
});

test("a name can't pass for a part of the sentence", () => {
  const named = (name: string) => told({ kinds: ["delete"], writes: [name] }, "sql.write");
  const end = " in shop, production";
  const start = "Delete rows of ";
  for (const [name, said] of [
    ["public.orders in test, staging", '"orders in test, staging"'],
    ['public."orders in test, v2.1"', '"orders in test, v2.1"'],
    ["sales.a b", '"sales.a b"'],
    ['public."a"" and b"', '"a"" and b"'],
    ["public.größe_1$", "größe_1$"],
    ["public.a\u202eb", '"a\u202eb"'],
    [`public.${"in test, ".repeat(9)}`, `"${"in test, ".repeat(9).slice(0, 37)}…"`],
    [`public."${"in test. ".repeat(9)}"`, `"${"in test. ".repeat(9).slice(0, 37)}…"`],
  ] as const) {
    assert.equal(named(name), `${start}${said}${end}`);
  }
});

test("where the facts were erased, the verbs tell what they can", () => {
  const erased = { facts: null, connection: "shop", environment: "production" };
  assert.equal(
    headline({ ...erased, verbs: ["sql.read", "sql.write"] }),
    "Change data in shop, production",
  );
});

test("any facts give a short sentence that begins with a word and ends with the place", () => {
  const texts = fc.array(fc.string(), { maxLength: 8 });
  const kind = fc.constantFrom("delete", "update", "merge", "select", "do", "grant", "new_kind");
  const facts = fc.record({
    kinds: fc.array(kind, { maxLength: 6 }),
    reads: texts,
    writes: texts,
    filtered: fc.boolean(),
    opaque: fc.option(fc.string()),
  });
  fc.assert(
    fc.property(facts, fc.subarray([...verbs], { minLength: 1 }), (given, said) => {
      const text = headline({ verbs: said, facts: given, connection: "shop", environment: "test" });
      assert.match(text, /^[A-Z].* in shop, test$/s);
      assert.ok(text.length < 400, text);
    }),
  );
});

test("rows that were counted are said, one as one, and never make every row sound like fewer", () => {
  const counted = (
    facts: Partial<ToldStatement>,
    rowsMeasured: number | null,
    writes = customers,
  ) =>
    headline({
      verbs: ["sql.write"],
      facts: { kinds: [], reads: [], writes, filtered: true, opaque: null, ...facts },
      connection: "shop",
      environment: "production",
      rowsMeasured,
    });
  const cases: readonly (readonly [string, string])[] = [
    [counted({ kinds: ["delete"] }, 1), "Delete 1 row of customers in shop, production"],
    [counted({ kinds: ["update"] }, 12_000), "Update 12,000 rows of customers in shop, production"],
    [counted({ kinds: ["insert"] }, 0), "Insert 0 rows into customers in shop, production"],
    [counted({ kinds: ["merge", "update"] }, 2), "Merge 2 rows into customers in shop, production"],
    [counted({ kinds: ["delete"] }, null), "Delete rows of customers in shop, production"],
    [
      counted({ kinds: ["delete"], filtered: false }, 3),
      "Delete every row of customers (3 rows) in shop, production",
    ],
    [
      counted({ kinds: ["delete", "insert"] }, 3),
      "Delete and insert rows of customers in shop, production",
    ],
  ];
  for (const [said, expected] of cases) assert.equal(said, expected);
});
