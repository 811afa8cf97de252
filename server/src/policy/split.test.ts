import assert from "node:assert/strict";
import { test } from "node:test";
import { policySetTextToParts } from "@cedar-policy/cedar-wasm/nodejs";
import * as fc from "fast-check";
import { splitPolicies } from "./split.ts";

const texts = (file: string) => splitPolicies(file).map(({ text }) => text);

test("a semicolon in a string or a comment ends no policy", () => {
  const policy = `permit (principal, action, resource) // all; of it
    when { "a;\\";" == "b" };`;
  assert.deepEqual(texts(`// one; two\n${policy}\n${policy} // end;`), [policy, policy]);
});

test("a rule behind a comment that ends with a carriage return is not lost", () => {
  assert.deepEqual(texts("// permits\rforbid (principal, action, resource);"), [
    "forbid (principal, action, resource);",
  ]);
});

test("text after the last semicolon is a piece, so that it is judged and not dropped", () => {
  assert.deepEqual(texts("permit (principal, action, resource);\n x \n"), [
    "permit (principal, action, resource);",
    "x",
  ]);
  assert.deepEqual(texts(`"never closed ; \n`), [`"never closed ;`]);
});

test("Cedar finds the same policies in any file that it can read", () => {
  const fragment = fc.constantFrom(
    "permit (principal, action, resource);",
    'forbid (principal, action, resource) when { ";" == "//" };',
    '@id("x;") permit (principal, action, resource) // ; "\n;',
    'permit (principal, action, resource) unless { "\\"" == "\\\\" };',
    "// forbid (principal, action, resource);",
    '// "',
    "\n",
    "\r",
    "\t ",
    "\u0085",
    "\u2028",
    "\u00a0",
    "\f\v",
  );
  let readable = 0;
  fc.assert(
    fc.property(fc.array(fragment, { maxLength: 12 }), (fragments) => {
      const file = fragments.join("");
      const parts = policySetTextToParts(file);
      if (parts.type === "failure") return;
      readable += 1;
      assert.deepEqual(texts(file).toSorted(), parts.policies.toSorted());
    }),
    { numRuns: 400 },
  );
  assert(readable > 100, `only ${readable} files could be read`);
});

test("nesting and length are measured without strings, commas and comments", () => {
  const [piece] = splitPolicies(
    'permit (principal, action, resource) when { ["((((", "b", "c"].contains((("d"))) }; // ((((',
  );
  assert.equal(piece?.nesting, 4);
  // permit ( principal action resource ) when { [ ] . contains ( ( ( ) ) ) } ;
  assert.equal(piece?.tokens, 20);
});

test("each annotation is found where it stands", () => {
  const file = '// first\n@id("a")\n@reason("@ttl")\npermit (principal, action, resource);';
  const [piece] = splitPolicies(file);
  assert.deepEqual(
    [...(piece?.annotationOffsets ?? [])],
    [
      ["id", 9],
      ["reason", 18],
    ],
  );
});
