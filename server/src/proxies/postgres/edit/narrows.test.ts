import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { narrows } from "./narrows.ts";

const { trees } = await createClassifier({ bytesMax: 1024 * 1024 });

function doesLess(before: string, after: string): boolean {
  const [one, other] = [trees(before), trees(after)];
  assert(one !== null && other !== null, `readable: ${before} | ${after}`);
  return narrows(one, other);
}

/** Each does less than what stands before it. */
const narrower: readonly (readonly [before: string, after: string])[] = [
  ["delete from customers", "delete from customers where id = 7"],
  ["delete from customers where a = 1", "delete from customers where a = 1 and id = 7"],
  ["delete from customers where a = 1", "delete from customers where id = 7 and a = 1"],
  [
    "delete from customers where a = 1 or b = 2",
    "delete from customers where (a = 1 or b = 2) and id = 7",
  ],
  [
    "delete from c where a = 1 and b = 2",
    "delete from c where a = 1 and (b = 2 and (id < 3 and not d))",
  ],
  ["delete from c", "delete from c where name like 'a%' and id in (1, 2) and e is not null"],
  ["delete from c", "delete from c where id between 1 and 5 or (active and id <> 3)"],
  ["delete from c", "delete from c where false"],
  [
    "delete from c where f(a) > 1",
    "DELETE /* the same */ FROM c WHERE f(a) > 1 -- still\n AND id = 7",
  ],
  ["delete from c where id = $1", "delete from c where id = $1 and region = 'eu'"],
  [
    "delete from c using d where c.id = d.id",
    "delete from c using d where c.id = d.id and d.x = 1",
  ],
  [
    "update c set a = a + 1 where b = 2 returning id",
    "update c set a = a + 1 where b = 2 and id = 7 returning id",
  ],
  ["select id, name from c", "select id, name from c where id = 7"],
  ["select id, name from c order by id", "select id, name from c where id = 7 order by id limit 3"],
  ["select * from c join d on c.id = d.id", "select * from c join d on c.id = d.id where d.x = 1"],
  ["select * from c limit 10", "select * from c limit 9"],
  ["select f(a) from c order by b limit all", "select f(a) from c order by b limit 5"],
  [
    "select count(*) from c group by a limit 10 offset 5",
    "select count(*) from c group by a limit 2 offset 5",
  ],
  ["select 1 union select 2", "select 1 union select 2 limit 1"],
  ["select * from c where a = 1", "select * from c where a = 1 limit 0"],
];

test("an added condition, or a smaller limit, narrows", () => {
  for (const [before, after] of narrower)
    assert.ok(doesLess(before, after), `${before} → ${after}`);
});

/** None is proven to do less, though some of them do. */
const notProven: Readonly<Record<string, readonly (readonly [before: string, after: string])[]>> = {
  "nothing is added": [
    ["delete from c", "delete from c"],
    ["delete from c where a = 1", "delete from c where a = 1 -- and id = 7"],
    ["delete from c where a = 1", "delete from c where a = 1 /* and id = 7 */"],
    ["select * from c limit 3", "select * from c limit 3"],
  ],
  "a condition is gone or changed": [
    ["delete from c where a = 1", "delete from c"],
    ["delete from c where a = 1", "delete from c where id = 7"],
    ["delete from c where a = 1", "delete from c where a = 2 and id = 7"],
    ["delete from c where a = 1 and b = 2", "delete from c where b = 2 and a = 1 and id = 7"],
    ["delete from c where a = 1", "delete from c where a = 1 --\n or true and id = 7"],
    ["delete from c where a = 'x'", "delete from c where a = 'x'' and id = 7 --'"],
    ["delete from c where a = 1", 'delete from c where "A" = 1 and id = 7'],
    ["delete from c where a = 1", "delete from c where a = '1' and id = 7"],
  ],
  "OR on the outermost level": [
    ["delete from c where a = 1", "delete from c where a = 1 or id = 7"],
    ["delete from c where a = 1", "delete from c where a = 1 and id = 7 or true"],
    ["delete from c where a = 1 or b = 2", "delete from c where a = 1 or b = 2 and id = 7"],
    ["delete from c where a = 1", "delete from c where not (a = 1 and id = 7)"],
  ],
  "something else is changed too": [
    ["delete from c", "delete from d where id = 7"],
    ["delete from c", "delete from other.c where id = 7"],
    ["delete from only c", "delete from c where id = 7"],
    ["delete from c", "delete from c as d where id = 7"],
    ["delete from c", "delete from c where id = 7 returning *"],
    ["delete from c", "delete from c using d where id = 7"],
    ["delete from c", "delete from c where id = 7; delete from d"],
    ["delete from c; delete from d", "delete from c where id = 7; delete from d"],
    ["delete from c", "update c set a = 1 where id = 7"],
    ["update c set a = 1", "update c set a = 2 where id = 7"],
    ["update c set a = 1", "update c set a = 1, b = 2 where id = 7"],
    ["update c set a = 1", "delete from c where id = 7"],
    ["select id from c", "select id, name from c where id = 7"],
    ["select id from c", "select id from c where id = 7 for update"],
    ["insert into c select * from d", "insert into c select * from d where id = 7"],
    ["truncate c", "delete from c where id = 7"],
    ["copy c to stdout", "select * from c where id = 7"],
  ],
  "the added condition may have an effect, or is not known": [
    ["delete from c", "delete from c where lo_unlink(id) = 1"],
    ["delete from c", "delete from c where id = nextval('s')"],
    ["delete from c", "delete from c where pg_sleep(1) is null"],
    ["delete from c", "delete from c where id = (select 7)"],
    ["delete from c", "delete from c where exists (select from d)"],
    ["delete from c", "delete from c where id in (select id from d)"],
    ["delete from c", "delete from c where id = any (array[7])"],
    ["delete from c", "delete from c where id operator(evil.=) 7"],
    ["delete from c", "delete from c where id @@@ 7"],
    ["delete from c", "delete from c where id = 7::evil"],
    ["delete from c", "delete from c where (id).f = 7"],
    ["delete from c", "delete from c where s.c.f = 7"],
    ["delete from c", "delete from c where current_user = 'a'"],
    ["delete from c", "delete from c where case when f() then true end"],
    ["delete from c", "delete from c where id = 1 + 6"],
    ["delete from c where current of x", "delete from c where id = 7"],
  ],
  "a parameter is added or renumbered": [
    ["delete from c where id = $1", "delete from c where id = $2 and a = 1"],
    ["delete from c where id = $1", "delete from c where id = $1 and a = $1"],
    ["delete from c where id = $1", "delete from c where a = $2 and id = $1"],
    ["delete from c where id = $1 and a = $2", "delete from c where id = $2 and a = $1 and b = 1"],
    ["select * from c limit $1", "select * from c limit 1"],
    ["select * from c limit 10", "select * from c limit $1"],
  ],
  "a limit that is not smaller, or counts otherwise": [
    ["select * from c limit 10", "select * from c limit 11"],
    ["select * from c limit 10", "select * from c"],
    ["select * from c limit 10", "select * from c limit all"],
    ["select * from c limit 10", "select * from c limit null"],
    ["select * from c limit 10", "select * from c limit 5 offset 5"],
    ["select * from c order by a limit 10", "select * from c order by b limit 5"],
    ["select * from c limit 10", "select * from c limit '5'"],
    ["select * from c limit 10", "select * from c limit (select 5)"],
    ["select * from c order by a", "select * from c order by a fetch first 3 rows with ties"],
  ],
  "fewer rows below are other rows above": [
    ["select * from c order by id limit 10", "select * from c where id = 7 order by id limit 10"],
    ["select * from c order by id limit 10", "select * from c where id = 7 order by id limit 5"],
    ["select * from c offset 10", "select * from c where id = 7 offset 10"],
    ["select count(*) from c", "select count(*) from c where id = 7"],
    ["select a from c group by a", "select a from c where id = 7 group by a"],
    ["select distinct a from c", "select distinct a from c where id = 7"],
    [
      "select a, rank() over (order by a) from c",
      "select a, rank() over (order by a) from c where id = 7",
    ],
    ["select a from c union select 1", "select a from c where id = 7 union select 1"],
    [
      "select a from c except select a from d",
      "select a from c except select a from d where id = 7",
    ],
    [
      "select a, (select count(*) from c) from c",
      "select a, (select count(*) from c) from c where id = 7",
    ],
  ],
  "a condition may choose what is written": [
    [
      "update c set a = d.a from d where c.id = d.id",
      "update c set a = d.a from d where c.id = d.id and d.a = 1000",
    ],
    ["update c set a = d.a from d", "update c set a = d.a from d where c.id = 7"],
  ],
  "a query in WITH goes on whole": [
    [
      "with gone as (delete from a returning *) delete from b",
      "with gone as (delete from a returning *) delete from b where id = 7",
    ],
    ["with x as (select 1) select * from c", "with x as (select 1) select * from c limit 1"],
    ["delete from c", "with x as (delete from d) delete from c where id = 7"],
  ],
};

for (const [why, pairs] of Object.entries(notProven)) {
  test(`nothing is proven where ${why}`, () => {
    for (const [before, after] of pairs) {
      assert.ok(!doesLess(before, after), `${before} → ${after}`);
    }
  });
}

const columns = fc.constantFrom("a", "b", "id", "c.id");
const constants = fc.oneof(
  fc.integer({ min: 0, max: 9 }).map(String),
  fc.constantFrom("'x'", "'it''s'"),
);
const plain: fc.Arbitrary<string> = fc.letrec<{ all: string; one: string }>((tie) => ({
  one: fc.oneof(
    fc
      .tuple(columns, fc.constantFrom("=", "<", ">=", "<>"), constants)
      .map((parts) => parts.join(" ")),
    columns.map((column) => `${column} is not null`),
    fc
      .tuple(columns, constants, constants)
      .map(([column, ...list]) => `${column} in (${list.join(", ")})`),
  ),
  all: fc.oneof(
    { maxDepth: 3 },
    tie("one"),
    fc
      .tuple(tie("all"), fc.constantFrom("and", "or"), tie("all"))
      .map(([one, joined, other]) => `(${one}) ${joined} (${other})`),
    tie("all").map((inner) => `not (${inner})`),
  ),
})).all;
const heads = fc.constantFrom("delete from c", "update c set a = 1", "select a, b from c");
const gaps = fc.constantFrom(" ", "\n", " /* and */ ", " -- or true\n");

test("any plain condition that is added by AND narrows, in whatever spelling; by OR none does", () => {
  fc.assert(
    fc.property(heads, plain, plain, gaps, (head, condition, added, gap) => {
      const before = `${head} where ${condition}`;
      assert.ok(
        doesLess(before, `${head}${gap}where${gap}(${condition})${gap}and${gap}(${added})`),
      );
      assert.ok(!doesLess(before, `${head} where (${condition}) or (${added})`));
      assert.ok(!doesLess(`${head} where (${condition}) and (${added})`, before));
    }),
    { numRuns: 500 },
  );
});

test("what narrows in two steps narrows in one, and nothing narrows itself", () => {
  fc.assert(
    fc.property(heads, plain, plain, plain, (head, one, two, three) => {
      const texts = [one, two, three].map(
        (_, count) =>
          `${head} where ${[one, two, three]
            .slice(0, count + 1)
            .map((each) => `(${each})`)
            .join(" and ")}`,
      );
      const [wide = "", middle = "", narrow = ""] = texts;
      assert.ok(doesLess(wide, middle) && doesLess(middle, narrow) && doesLess(wide, narrow));
      assert.ok(!doesLess(wide, wide) && !doesLess(narrow, wide));
    }),
    { numRuns: 200 },
  );
});
