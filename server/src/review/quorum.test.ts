import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { personId } from "./fixtures.test-support.ts";
import { canFill } from "./history.test-support.ts";
import { type Approval, satisfied } from "./quorum.ts";

const approval = (name: string, ...groups: readonly string[]): Approval => ({
  person: personId(name),
  groups,
});
const quorum = (...slots: readonly (readonly [string, number])[]) => ({
  quorum: slots.map(([group, needed]) => ({ group, needed })),
});

test("one person in two groups fills one slot, not two", () => {
  const obligations = quorum(["dba", 1], ["security", 1]);
  assert.equal(satisfied(obligations, [approval("dee", "dba", "security")]).satisfied, false);
  assert.equal(
    satisfied(obligations, [approval("dee", "dba", "security"), approval("ada", "dba")]).satisfied,
    true,
  );
});

test("one person who approves twice is one person", () => {
  const obligations = quorum(["dba", 2]);
  assert.equal(
    satisfied(obligations, [approval("ada", "dba"), approval("ada", "dba")]).satisfied,
    false,
  );
});

test("every group has to be filled, whatever another has to spare", () => {
  const many = ["ada", "bob", "fay"].map((name) => approval(name, "dba"));
  assert.equal(satisfied(quorum(["dba", 2], ["security", 1]), many).satisfied, false);
});

test("a person moves to another slot to make room for one who fits only there", () => {
  const { satisfied: enough, slots } = satisfied(quorum(["dba", 1], ["ops", 1], ["security", 1]), [
    approval("dee", "dba", "ops"),
    approval("fay", "ops", "security"),
    approval("ada", "dba"),
  ]);
  assert.equal(enough, true);
  assert.deepEqual(
    slots.map(({ given }) => given),
    [[personId("ada")], [personId("dee")], [personId("fay")]],
  );
});

test("people in no group that is asked fill nothing", () => {
  const { slots } = satisfied(quorum(["dba", 1]), [approval("eve", "admin"), approval("fay")]);
  assert.deepEqual(slots, [{ group: "dba", needed: 1, given: [] }]);
});

const groupNames = ["a", "b", "c"] as const;
const instances = fc.record({
  needs: fc.uniqueArray(
    fc.record({ group: fc.constantFrom(...groupNames), needed: fc.integer({ min: 1, max: 3 }) }),
    { selector: ({ group }) => group, maxLength: 3 },
  ),
  approvals: fc.array(
    fc.record({
      person: fc.constantFrom("p1", "p2", "p3", "p4", "p5", "p6").map(personId),
      groups: fc.subarray([...groupNames, "other"]),
    }),
    { maxLength: 7 },
  ),
});

test("the matching finds a quorum exactly where trying every assignment finds one", () => {
  fc.assert(
    fc.property(instances, ({ needs, approvals }) => {
      const groups = new Map<string, readonly string[]>();
      for (const one of approvals) {
        groups.set(one.person, [...(groups.get(one.person) ?? []), ...one.groups]);
      }
      assert.equal(
        satisfied({ quorum: needs }, approvals).satisfied,
        canFill(needs, [...groups.values()]),
      );
    }),
    { numRuns: 2000 },
  );
});

test("slots show distinct members of their groups, never more than needed, the same each time", () => {
  fc.assert(
    fc.property(instances, ({ needs, approvals }) => {
      const { slots } = satisfied({ quorum: needs }, approvals);
      const shown = slots.flatMap(({ given }) => given);
      assert.equal(new Set(shown).size, shown.length);
      for (const { group, needed, given } of slots) {
        assert.ok(given.length <= needed);
        for (const id of given) {
          assert.ok(
            approvals.some(({ person, groups }) => person === id && groups.includes(group)),
          );
        }
      }
      assert.deepEqual(satisfied({ quorum: needs }, approvals).slots, slots);
    }),
  );
});
