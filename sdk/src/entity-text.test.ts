import assert from "node:assert/strict";
import { test } from "node:test";
import { entitiesText, entityText } from "./entity-text.ts";

test("what was found has a name that people know", () => {
  const texts = [
    "email",
    "us_ssn",
    "se_personnummer",
    "de_tax_id",
    "br_cpf",
    "jwt",
    "something_new",
  ];
  assert.deepEqual(texts.map(entityText), [
    "e-mail address",
    "US SSN",
    "SE personnummer",
    "DE tax id",
    "BR CPF",
    "JSON Web Token",
    "something new",
  ]);
});

test("several that were found in one place are named together", () => {
  assert.equal(entitiesText(["email"]), "e-mail address");
  assert.equal(entitiesText(["email", "iban", "us_ssn"]), "e-mail address, IBAN and US SSN");
  assert.equal(entitiesText([]), "value");
});
