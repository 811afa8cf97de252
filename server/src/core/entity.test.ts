import assert from "node:assert/strict";
import { test } from "node:test";
import { labelOf, parseEntity } from "./entity.ts";

test("a kind of data goes by our name and by the field's, in either case", () => {
  assert.equal(parseEntity("email"), "email");
  assert.equal(parseEntity("EMAIL_ADDRESS"), "email");
  assert.equal(parseEntity("Us_Ssn"), "us_ssn");
  assert.equal(parseEntity("public.customers.phone"), null);
});

test("a label is the name as a pseudonym shows it", () => {
  assert.equal(labelOf("credit_card"), "CREDIT_CARD");
});
