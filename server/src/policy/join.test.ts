import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  coversMask,
  type Mask,
  maskers,
  noObligations,
  type Obligations,
} from "#/core/obligation.ts";
import { assuranceMeets, assurances } from "#/core/principal.ts";
import { joinObligations } from "./join.ts";

const held: Obligations = {
  quorum: [{ group: "dba", needed: 1 }],
  ttlMs: 1000,
  validMs: 1000,
  assurance: "chat",
  rows: null,
  masks: [{ target: { kind: "entity", entity: "email" }, masker: "partial" }],
  reveals: ["iban"],
};

const phone = { kind: "column", schema: "public", table: "customers", column: "phone" } as const;

test("nothing asked is nothing joined", () => {
  assert.deepEqual(joinObligations([]), noObligations);
  assert.deepEqual(joinObligations([noObligations, noObligations]), noObligations);
});

test("the strictest of each wins, and groups add up", () => {
  const other: Obligations = {
    quorum: [
      { group: "app", needed: 1 },
      { group: "dba", needed: 3 },
    ],
    ttlMs: 500,
    validMs: 2000,
    assurance: "session",
    rows: { max: 7, policy: "b" },
    masks: [
      { target: phone, masker: "redact" },
      { target: { kind: "entity", entity: "email" }, masker: "hash" },
    ],
    reveals: ["email", "iban"],
  };
  assert.deepEqual(joinObligations([held, other]), {
    quorum: [
      { group: "app", needed: 1 },
      { group: "dba", needed: 3 },
    ],
    ttlMs: 500,
    validMs: 1000,
    assurance: "session",
    rows: { max: 7, policy: "b" },
    masks: [
      { target: { kind: "entity", entity: "email" }, masker: "hash" },
      { target: phone, masker: "redact" },
    ],
    reveals: ["email", "iban"],
  });
});

test("a permit that lets an action run at once still limits its rows", () => {
  const small = { ...noObligations, rows: { max: 2, policy: "reads" } };
  assert.deepEqual(joinObligations([small, held]).rows, small.rows);
  assert.deepEqual(joinObligations([small, noObligations]), small);
  const larger = { ...held, rows: { max: 3, policy: "writes" } };
  assert.deepEqual(joinObligations([larger, small]).rows, small.rows);
});

test("a permit that lets an action run at once still masks what it returns", () => {
  const masking = { ...noObligations, masks: held.masks };
  assert.deepEqual(joinObligations([masking]).masks, held.masks);
  const waiting = { ...held, masks: [] };
  assert.deepEqual(joinObligations([waiting, masking]).masks, held.masks);
});

test("a permit that holds nothing has no say about the review of another", () => {
  const long = { ...held, ttlMs: noObligations.ttlMs * 10 };
  assert.deepEqual(joinObligations([noObligations, long]), long);
});

const slot = fc.record({
  group: fc.constantFrom("app", "dba", "sec"),
  needed: fc.integer({ min: 1, max: 4 }),
});
const rows = fc.option(
  fc.record(
    { max: fc.integer({ min: 1, max: 9 }), policy: fc.constantFrom("a", "b", "c") },
    { noNullPrototype: true },
  ),
);
const target = fc.constantFrom<Mask["target"]>(
  { kind: "entity", entity: "email" },
  { kind: "entity", entity: "iban" },
  phone,
  { ...phone, table: "Customers" },
);
const masks: fc.Arbitrary<readonly Mask[]> = fc.array(
  fc.record({ target, masker: fc.constantFrom(...maskers) }, { noNullPrototype: true }),
  { maxLength: 4 },
);
const obligations: fc.Arbitrary<Obligations> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ rows, masks }).map((part) => ({ ...noObligations, ...part })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      quorum: fc.uniqueArray(slot, { selector: ({ group }) => group, minLength: 1 }),
      ttlMs: fc.integer({ min: 1, max: 9 }),
      validMs: fc.integer({ min: 1, max: 9 }),
      assurance: fc.constantFrom(...assurances),
      rows,
      masks,
      reveals: fc.subarray(["email", "iban", "us_ssn"] as const),
    }),
  },
);

test("the join meets each of its parts, whatever their order and however often they are joined", () => {
  fc.assert(
    fc.property(fc.array(obligations), fc.array(obligations), (some, more) => {
      const joined = joinObligations([...some, ...more]);
      assert.deepEqual(joined, joinObligations([...more, ...some]));
      assert.deepEqual(joined, joinObligations([joinObligations(some), joinObligations(more)]));
      assert.deepEqual(joined, joinObligations([joined, joined]));
      for (const part of [...some, ...more].filter(({ quorum }) => quorum.length > 0)) {
        for (const { group, needed } of part.quorum) {
          assert((joined.quorum.find((one) => one.group === group)?.needed ?? 0) >= needed);
        }
        assert(joined.ttlMs <= part.ttlMs && joined.validMs <= part.validMs);
        assert(assuranceMeets(joined.assurance, part.assurance));
        assert(part.reveals.every((entity) => joined.reveals.includes(entity)));
      }
      for (const mask of [...some, ...more].flatMap((part) => part.masks)) {
        assert(
          joined.masks.some((each) => coversMask(each, mask)),
          "a mask is never lost or weaker",
        );
      }
      for (const mask of joined.masks) {
        const given = [...some, ...more].flatMap((part) => part.masks);
        assert(
          given.some((each) => coversMask(each, mask)),
          "no mask that nobody asked for",
        );
      }
      for (const part of [...some, ...more].filter(({ rows: cap }) => cap !== null)) {
        assert((joined.rows?.max ?? assert.fail()) <= (part.rows?.max ?? assert.fail()));
      }
    }),
  );
});
