import assert from "node:assert/strict";
import { test } from "node:test";
import { finder } from "#/masking/finder.test-support.ts";

const encoded = (text: string) => Buffer.from(text).toString("base64");

function foundIn(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  return finder.find(bytes).map(({ start, end }) => bytes.toString("utf8", start, end));
}

const user = encoded("shop-reader");
const word = encoded("k2m9x7q1 of the shop");

test("values of a Secret of Kubernetes are found, whatever its entries are called and wherever its kind stands", () => {
  const data = `data:\n  # what the shop reads\n  user: ${user}\n  "extra.txt": '${word}' # the second\n`;
  for (const manifest of [
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\n${data}`,
    `apiVersion: v1\nkind: "Secret"\ntype: Opaque\n${data}`,
    `apiVersion: v1\n${data}metadata:\n  name: shop\nkind: secret\n`,
    `kind: ConfigMap\ndata:\n  colour: ${encoded("blue and green")}\n---\nkind: Secret\n${data}`,
  ])
    assert.deepEqual(foundIn(manifest), [user, word], manifest);
  assert.deepEqual(foundIn("kind: Secret\nstringData:\n  plain: blue lamp 17\n  other: ''\n"), [
    "blue lamp 17",
  ]);
  assert.deepEqual(foundIn(`kind: Secret\ndata:\n  config: |\n    ${word}\ntype: Opaque\n`), [
    word,
  ]);
});

test("what stands in other objects, behind the data of a Secret and in lists of Secrets is none", () => {
  for (const manifest of [
    `kind: ConfigMap\ndata:\n  user: ${user}\n`,
    `kind: Secret\nmetadata:\n  name: shop\n---\nkind: ConfigMap\ndata:\n  user: ${user}\n`,
    `kind: SecretStore\ndata:\n  user: ${user}\n`,
    `kind: Secret\ndata:\n  flag: ${encoded("on")}\nmetadata:\n  uid: ${user}\n`,
    `kind: Secret\nmetadata:\n  data: ${user}\n`,
  ])
    assert.deepEqual(foundIn(manifest), [], manifest);
});
