import assert from "node:assert/strict";
import { test } from "node:test";
import { plainAsk } from "./asked-text.ts";

const ask = (params: object, method = "elicitation/create") =>
  plainAsk(method, Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params })));
const paramsOf = (message: Buffer | null): unknown =>
  (JSON.parse(message?.toString() ?? "null") as { params: unknown }).params;

test("signs that nobody sees are taken out of what a person or a model is asked", () => {
  const hidden = "Name\u202e?\u200b\u{e0041}\u{e0042}\u0007\u200d\u200c\u200d and\u00ad you";
  const asked = {
    message: hidden,
    requestedSchema: {
      properties: { name: { type: "string", description: hidden, enum: [hidden] } },
    },
  };
  const plain = "Name? and you";
  assert.deepEqual(paramsOf(ask(asked)), {
    message: plain,
    requestedSchema: {
      properties: { name: { type: "string", description: plain, enum: [plain] } },
    },
  });
  const sampled = { systemPrompt: hidden, messages: [{ role: "user", content: { text: hidden } }] };
  assert.deepEqual(paramsOf(ask(sampled, "sampling/createMessage")), {
    systemPrompt: plain,
    messages: [{ role: "user", content: { text: plain } }],
  });
});

test("what has none of them passes as it came, in every script", () => {
  for (const message of [
    "Wie heißen Sie?\n\tBitte.",
    "نام\u200cها",
    "👩\u200d👩\u200d👧",
    "e\u0301",
  ]) {
    const sent = Buffer.from(JSON.stringify({ id: 1, params: { message, n: 1.5 } }));
    assert.equal(plainAsk("elicitation/create", sent), sent);
  }
});

test("what is too long, hides in a key or leads to no page of the web is not asked", () => {
  assert.equal(ask({ message: "x".repeat(256 * 1024) }), null);
  assert.equal(ask({ message: "x", requestedSchema: { properties: { "na\u200bme": {} } } }), null);
  assert.equal(plainAsk("elicitation/create", Buffer.from('{"params":{"message":')), null);
  for (const url of [
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://ada:secret@x.example/",
    `https://x.example/${"a".repeat(2_048)}`,
    "x",
    7,
  ]) {
    assert.equal(ask({ mode: "url", message: "x", url }), null, String(url));
  }
  assert.notEqual(ask({ mode: "url", message: "x", url: "https://x.example/a" }), null);
});
