import assert from "node:assert/strict";
import { test } from "node:test";
import { type Catalogue, sinceRead } from "./catalogue.ts";

function having(schemas: Readonly<Record<string, readonly string[]>>): Catalogue {
  const none = new Set<string>();
  return {
    allSchemas: none,
    schemas: new Map(Object.entries(schemas)),
    plain: none,
    ownNames: none,
    checkingTypes: none,
    checking: none,
    rowFunctions: none,
    volatile: none,
    movesPath: false,
    writesCall: false,
    relations: "unread",
    unprovable: false,
  };
}

test("a catalogue that is read again has the same names of relations as an object, unless one came, went or moved", () => {
  const before = having({ people: ["crm", "other"], orders: ["crm"] });
  const same = sinceRead(before, having({ orders: ["crm"], people: ["other", "crm"] }));
  assert.equal(same.schemas, before.schemas);
  for (const changed of [
    { people: ["crm", "other"] },
    { people: ["crm", "other"], orders: ["crm"], items: ["crm"] },
    { people: ["crm"], orders: ["crm"] },
    { people: ["crm", "new"], orders: ["crm"] },
    { people: ["crm", "other", "new"], orders: ["crm"] },
    { people: ["crm", "other"], items: ["crm"] },
  ]) {
    assert.notEqual(sinceRead(before, having(changed)).schemas, before.schemas);
  }
  assert.equal(sinceRead(null, before), before);
});
