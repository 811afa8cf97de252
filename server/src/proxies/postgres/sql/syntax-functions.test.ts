import assert from "node:assert/strict";
import { test } from "node:test";
import { mayCallVolatile, namesOthersOwn } from "#/proxies/postgres/catalogue/catalogue.ts";
import { callsOwn } from "#/proxies/postgres/masked/origin/calls-own.ts";
import { createClassifier } from "./facts.ts";
import { isSafeFunction } from "./safe-functions.ts";
import { syntaxNames } from "./syntax-functions.ts";

const classifier = await createClassifier({ bytesMax: 1_000_000 });

/** Servers before 16 and 17 read each of them as the call of a function, which somebody may have made. */
const calls: Readonly<Record<string, string>> = {
  json: "select json(a) from t",
  json_array: "select json_array(a, 'b') from t",
  json_arrayagg: "select json_arrayagg(a) from t",
  json_exists: "select json_exists(a, '$.b') from t",
  json_object: "select json_object('a', 'b')",
  json_query: "select json_query(a, '$.b') from t",
  json_scalar: "select json_scalar(a) from t",
  json_serialize: "select json_serialize(a) from t",
  json_value: "select json_value(a, '$.b') from t",
  merge_action: "select merge_action()",
};

test("what this grammar reads as syntax, and an earlier server as a call, is looked up as the function that it may be", () => {
  for (const [name, sql] of Object.entries(calls)) {
    const classified = classifier.classify(sql);
    assert.deepEqual(classified.references.functions, [name]);
    assert.deepEqual(classified.verbs, ["sql.read"], name);
    const made = new Set([name]);
    assert(mayCallVolatile(classified, { volatile: made }), name);
    assert(namesOthersOwn(classified.references, { plain: new Set(["t"]), ownNames: made }), name);
    assert(callsOwn(classifier.trees(sql), made), name);
  }
});

test("where nobody has made such a function it is a read like any other", () => {
  for (const [name, sql] of Object.entries(calls)) {
    assert(isSafeFunction(name), name);
    assert.equal(callsOwn(classifier.trees(sql), new Set()), false, name);
  }
  assert.deepEqual(
    syntaxNames.filter((name) => !isSafeFunction(name)),
    [],
  );
});
