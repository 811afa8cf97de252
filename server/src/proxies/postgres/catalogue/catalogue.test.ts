import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyClassified } from "#/proxies/postgres/sql/classify-text.ts";
import { type Catalogue, resolveFacts, sinceRead } from "./catalogue.ts";

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
    unary: none,
    extensionFunctions: none,
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

test("a name with a dot in it is found along the search path, and is under its schema what it is where that is written", () => {
  const catalogue = having({ "my.table": ["crm"], table: ["other"] });
  const resolved = (name: string) =>
    resolveFacts({ ...emptyClassified.facts, reads: [name] }, catalogue, ["crm"]).reads;
  assert.deepEqual(resolved('"my.table"'), ['crm."my.table"']);
  assert.deepEqual(resolved('crm."my.table"'), ['crm."my.table"']);
  assert.deepEqual(resolved("my.table"), ["my.table"]);
});
