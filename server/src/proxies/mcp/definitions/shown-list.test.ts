import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Shown, shownList } from "./shown-list.ts";

const page = (tools: string, more = "") =>
  `{"jsonrpc":"2.0","id":7,"result":{${more}"tools":${tools},"nextCursor":"ü"}}`;
const one = '{"name": "a", "inputSchema":{"maximum":9007199254740993}}';
const shownAs = (shown: Readonly<Record<string, Shown>>) => (tool: unknown) =>
  shown[(tool as { readonly name: string }).name] ?? "as it is";

test("a list of which all passes is not touched, and of the others only what does not pass", () => {
  const list = page(`[${one}, {"name":"b"} ,{"name":"c"}]`);
  assert.equal(shownList(list, shownAs({})), null);
  assert.equal(shownList(page("[]"), shownAs({})), null);
  assert.equal(shownList(list, shownAs({ b: "left out" })), page(`[${one},{"name":"c"}]`));
  assert.equal(
    shownList(list, shownAs({ c: { instead: { name: "c", title: "C" } } })),
    page(`[${one},{"name":"b"},{"name":"c","title":"C"}]`),
  );
  assert.equal(
    shownList(list, () => "left out"),
    page("[]"),
  );
});

test("what is no list of tools passes as it came", () => {
  for (const text of [
    '{"id":7,"error":{"code":1}}',
    '{"id":7,"result":{"tools":{}}}',
    '{"result":7}',
  ]) {
    assert.equal(
      shownList(text, () => "left out"),
      null,
      text,
    );
  }
});

test("a list that could be read in two ways has no tools, and still answers what it was asked", () => {
  const twice =
    '{"jsonrpc":"2.0","id":"x","result":{"tools":[{"name":"a"}],"tools":[{"name":"b"}]}}';
  const inner = page('[{"name":"a","description":"x","description":"y"}]');
  for (const [text, id] of [
    [twice, "x"],
    [inner, 7],
  ] as const) {
    const shown = JSON.parse(shownList(text, shownAs({})) ?? "") as unknown;
    assert.deepEqual(shown, { jsonrpc: "2.0", id, result: { tools: [] } });
  }
});

test("whatever is listed, what is shown is what was asked for it, in its order", () => {
  const tools = fc.array(fc.record({ name: fc.constantFrom("a", "b", "c"), x: fc.jsonValue() }));
  fc.assert(
    fc.property(tools, fc.subarray(["a", "b"]), (listed, out) => {
      const text = page(JSON.stringify(listed));
      const shown = shownList(
        text,
        shownAs(Object.fromEntries(out.map((name) => [name, "left out"]))),
      );
      const { result } = JSON.parse(shown ?? text) as {
        readonly result: { readonly tools: unknown };
      };
      const read = JSON.parse(JSON.stringify(listed)) as typeof listed;
      assert.deepEqual(
        result.tools,
        read.filter(({ name }) => !out.includes(name)),
      );
    }),
  );
});
