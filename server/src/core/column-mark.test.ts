import assert from "node:assert/strict";
import test from "node:test";
import { columnMarkForm, readColumnMark } from "./column-mark.ts";

function covers(text: string, relation: string, column: string): boolean {
  const mark = readColumnMark(text);
  return mark.isOnRelation(relation) && mark.isOnColumn(column);
}

test("a star stands for any name, also for one with dots, blanks and line feeds in it", () => {
  for (const relation of ["public.cards", "public.my.cards", "my.public.cards", "public.a\nb"]) {
    assert.ok(covers("*.*.iban", relation, "iban"), relation);
  }
  assert.ok(covers("public.*.iban", "public.my.cards", "iban"));
  assert.ok(covers("*.cards.*", "my.public.cards", "a.b\n"));
  assert.ok(!covers("*.*.iban", "public.cards", "ibans"));
  assert.ok(!covers("public.*.iban", "private.cards", "iban"));
});

test("a bare name counts in any case, a quoted one exactly, and none is a pattern", () => {
  assert.ok(covers("Public.PAYMENTS.Iban", "public.payments", "iban"));
  assert.ok(covers("public.größe.ÄHRE", "public.GRÖSSE".replace("SS", "ß"), "ähre"));
  assert.ok(covers('public."Order Lines"."E.Mail"', "public.Order Lines", "E.Mail"));
  assert.ok(covers('public."say ""x"""."*"', 'public.say "x"', "*"));
  assert.ok(!covers('public."Payments".iban', "public.payments", "iban"));
  assert.ok(!covers('public."*".iban', "public.payments", "iban"));
  assert.ok(!covers("public.pay(ments)?.iban", "public.payments", "iban"));
  assert.ok(!covers("public.a|b.iban", "public.a", "iban"));
});

test("what could mark nothing, or something else than it says, is no mark", () => {
  for (const text of [
    "public.payments",
    "public.pay*.iban",
    "public.payments.iban.x",
    "public..iban",
    'public."pay.iban',
    'public."".iban',
    'public.pay"ments.iban',
    "public.my table.iban",
    " public.payments.iban",
    "public.payments.iban\n",
  ]) {
    assert.doesNotMatch(text, columnMarkForm, text);
    assert.throws(() => readColumnMark(text), TypeError, text);
  }
});
