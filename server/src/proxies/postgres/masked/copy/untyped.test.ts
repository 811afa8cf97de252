import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entity } from "#/core/entity.ts";
import { finder } from "#/masking/finder.test-support.ts";
import { redact } from "#/masking/replacement/replace.ts";
import { maskedUntyped } from "./untyped.ts";

const wanted: readonly Entity[] = ["email", "credit_card"];
const recognizers = {
  finder: finder.only(new Set(wanted)),
  wanted: new Map(wanted.map((entity) => [entity, redact] as const)),
  replace: redact,
};
const bytes = `\\x${Buffer.from("ada@example.com").toString("hex")}`;

/** As a COPY writes them: nothing says that they are bytes and numbers. */
const fields: Readonly<Record<string, string>> = {
  [bytes]: "<EMAIL>",
  "4.111111111111111e+15": "<CREDIT_CARD>",
  "4111111111111111.00": "<CREDIT_CARD>",
  "-4111111111111111": "<CREDIT_CARD>",
  "$4,111,111,111,111,111.00": "<CREDIT_CARD>",
  "{7,4.111111111111111e+15,NULL}": '{7,"<CREDIT_CARD>",NULL}',
  [`{"${bytes.replace("\\", "\\\\")}"}`]: '{"<EMAIL>"}',
  "{ada@example.com,4111111111111111.00}": '{<EMAIL>,"<CREDIT_CARD>"}',
  '{4111111111111111.00,"broken off': "<CREDIT_CARD>",
  '{4111111111111111.00,ada@example.com,"broken off': "<CREDIT_CARD>",
  "write to ada@example.com": "write to <EMAIL>",
};

test("numbers and bytes in a COPY are found as they are in rows, alone and in arrays", () => {
  for (const [field, shown] of Object.entries(fields)) {
    assert.equal(maskedUntyped(recognizers, "", field)?.text, shown, field);
  }
});

test("what only looks like a number, bytes or an array stays as it is", () => {
  for (const field of [
    "",
    "17.50",
    "4.5e+15",
    "\\x",
    "\\x6",
    "\\xdeadbeef",
    "{",
    "{x",
    "[1",
    "{1,2}",
  ]) {
    assert.equal(maskedUntyped(recognizers, "", field), null, field);
  }
});
