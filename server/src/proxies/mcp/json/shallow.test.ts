import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { shallowMembers } from "./shallow.ts";

const latin1 = (text: string) => Buffer.from(text, "utf8").toString("latin1");

test("the members of any object are found where they lie", () => {
  const key = fc.string({ unit: fc.constantFrom("a", "b", "é", "{", " ", ":") });
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue()), fc.constantFrom(0, 2), (object, indent) => {
      const text = latin1(JSON.stringify(object, null, indent));
      const members = shallowMembers(text);
      assert.ok(members !== null);
      assert.deepEqual([...members.keys()], Object.keys(object).map(latin1));
      for (const [name, value] of Object.entries(object)) {
        const place = members.get(latin1(name));
        assert.ok(place !== undefined);
        const read = Buffer.from(text.slice(place.start, place.end), "latin1").toString("utf8");
        assert.deepEqual(JSON.parse(read), JSON.parse(JSON.stringify(value)));
      }
    }),
  );
});

const unclear = [
  "",
  "[]",
  '"a"',
  '{"a":1',
  '{"a" 1}',
  '{"a":}',
  "{a:1}",
  '{"a":"x}',
  '{"a":[1}',
  '{"a":1,}',
];

for (const text of [...unclear, '{"a":1,"a":2}', '{"\\u0061":1}']) {
  test(`of ${text === "" ? "nothing" : text} nothing is told`, () => {
    assert.equal(shallowMembers(text), null);
  });
}
