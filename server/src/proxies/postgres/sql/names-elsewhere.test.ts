import assert from "node:assert/strict";
import { test } from "node:test";
import { namesDifferElsewhere } from "./names-elsewhere.ts";

test("a name beyond ASCII is another where letters are folded or counted otherwise, and nothing else is", () => {
  for (const sql of [
    "select * from CAFÉ",
    "select é from t",
    `select * from "${"é".repeat(40)}"`,
    `select * from U&"${"\\00e9".repeat(40)}"`,
  ]) {
    assert(namesDifferElsewhere(sql, "LATIN1"), sql);
    assert(!namesDifferElsewhere(sql, "UTF8"), sql);
  }
  for (const sql of [
    "select 'É', $$é$$ from t -- é",
    'select * from "CAFÉ"',
    'select * from U&"caf\\00e9"',
    `select * from "${"e".repeat(80)}", ${"e".repeat(80)}`,
    "",
  ]) {
    assert(!namesDifferElsewhere(sql, "LATIN1"), sql);
  }
});

test("where signs of Unicode become one, no name beyond ASCII is sure", () => {
  for (const sql of ['select * from "a－b"', 'select * from U&"a\\ff0db"']) {
    assert(namesDifferElsewhere(sql, "EUC_JP"), sql);
    assert(!namesDifferElsewhere(sql, "SQL_ASCII"), sql);
  }
  assert(!namesDifferElsewhere(`select 'a－b' from "a-b"`, "EUC_JP"));
});
