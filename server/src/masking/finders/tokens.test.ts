import assert from "node:assert/strict";
import { test } from "node:test";
import { finder } from "#/masking/finder.test-support.ts";
import { createDraw, tokenOf } from "#/masking/sample-texts.test-support.ts";
import { assignedTokenRules, tokenRules } from "#/masking/tokens/provider-tokens.ts";
import { isFiller } from "./text-at.ts";
import { tokenShapes } from "./tokens.ts";

test("at least two hundred forms of provider tokens are known, each by a name of its own and with a source", () => {
  const ids = [...tokenRules, ...assignedTokenRules].map(({ id }) => id);
  assert.ok(ids.length >= 200, `${ids.length} are known`);
  assert.equal(new Set(ids).size, ids.length);
  for (const { id, source } of [...tokenRules, ...assignedTokenRules])
    assert.ok(source.length > 8, id);
});

test("a token of each form is found wherever it stands by itself", () => {
  for (const { rule, shape } of tokenShapes) {
    for (let seed = 1; seed <= 3; seed += 1) {
      const token = tokenOf(shape.text, createDraw(seed * 7919));
      for (const text of [
        token,
        `key = "${token}"`,
        `see ${token}, and`,
        `{"a":"${token}"}`,
        `\\n${token}\\n`,
      ]) {
        const found = finder.find(text);
        const covered = found.some(({ start, end }) =>
          text.slice(start, end).includes(token.replace(/^[^A-Za-z0-9$]+/, "").slice(0, 12)),
        );
        assert.ok(covered, `${rule.id} ${shape.text} in ${text}: ${JSON.stringify(found)}`);
      }
    }
  }
});

test("a value is found under each name that it may be assigned to", () => {
  for (const rule of assignedTokenRules) {
    for (const word of rule.words) {
      for (const value of rule.values) {
        const token = drawn(value);
        for (const text of [
          `${word}_key = "${token}"`,
          `"${word}_token": "${token}"`,
          `export ${word.toUpperCase()}=${token}\n`,
        ]) {
          assert.ok(finder.find(text).length > 0, `${rule.id}: ${text}`);
        }
      }
    }
  }
});

test("a token within a longer word is none", () => {
  for (const { shape } of tokenShapes.filter(
    ({ shape: { before, anchor } }) =>
      before.length === 0 && /^\w/.test(Buffer.from(anchor).toString()),
  )) {
    const token = tokenOf(shape.text, createDraw(5));
    const found = finder.find(`prefix${token}`).filter(({ rule }) => rule === shape.text);
    assert.deepEqual(found, []);
  }
});

/** A value that nobody would take for a word or a placeholder. */
function drawn(shape: string): string {
  for (let seed = 1; ; seed += 1) {
    const token = tokenOf(shape, createDraw(seed * 104_729));
    const digits = token.replaceAll(/\D/g, "").length;
    if (!isFiller(token) && (digits === token.length ? digits >= 15 : digits >= 2)) return token;
  }
}
