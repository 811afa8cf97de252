import assert from "node:assert/strict";
import { test } from "node:test";
import { masksText } from "./masks-text.ts";

test("what is masked in a result is told by kind and column, with what stays of it", () => {
  assert.equal(masksText([]), "");
  assert.equal(
    masksText([{ target: "email", masker: "redact" }]),
    "Every e-mail address is masked by policy",
  );
  assert.equal(
    masksText([
      { target: "email", masker: "redact" },
      { target: "public.customers.phone", masker: "partial" },
      { target: "us_ssn", masker: "hash" },
    ]),
    "Every e-mail address, all of public.customers.phone (all but its last four characters) and every US SSN (to a keyed hash) are masked by policy",
  );
});

test("all kinds of secrets are told as one, and one that is missing or kept in part is not among them", () => {
  const secrets = ["private_key", "connection_string", "provider_token", "jwt", "http_credential"];
  const redacted = [...secrets, "password"].map(
    (target) => ({ target, masker: "redact" }) as const,
  );
  const iban = { target: "iban", masker: "partial" } as const;
  assert.equal(
    masksText([...redacted, iban]),
    "Every secret and every IBAN (all but its last four characters) are masked by policy",
  );
  assert.doesNotMatch(masksText(redacted.slice(1)), /every secret/i);
  const hashed = [...redacted.slice(1), { target: "private_key", masker: "hash" } as const];
  assert.doesNotMatch(masksText(hashed), /every secret/i);
});
