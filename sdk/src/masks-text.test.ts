import assert from "node:assert/strict";
import { test } from "node:test";
import { masksText } from "./masks-text.ts";

const reason = { policy: "customers-masked", text: "" };

test("what is masked in a result is told by kind and column, with what stays of it and by which rule", () => {
  assert.equal(masksText([], [reason]), "");
  assert.equal(
    masksText([{ target: "email", masker: "redact" }], [reason]),
    "Every e-mail address is masked by customers-masked",
  );
  assert.equal(
    masksText(
      [
        { target: "email", masker: "redact" },
        { target: "public.customers.phone", masker: "partial" },
        { target: "us_ssn", masker: "hash" },
      ],
      [reason, { policy: "other", text: "" }],
    ),
    "Every e-mail address, all of public.customers.phone (all but its last four characters) and every US SSN (to a keyed hash) are masked by its rules",
  );
});
