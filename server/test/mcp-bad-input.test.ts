/** Messages that say two things, or nothing that can be decided on: none of them reaches the tool server. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type HostileServer, openHostileServer } from "./support/hostile-server.ts";
import { type McpGateway, openMcpGateway } from "./support/mcp-gateway.ts";
import { beginSession, legacy, modern, type RawAnswer, send } from "./support/raw-mcp.ts";

let server: HostileServer;
let scene: McpGateway;
let url: string;
let session: string;
before(async () => {
  server = await openHostileServer();
  scene = await openMcpGateway({ desk: { upstream: { url: server.url } } });
  url = scene.url("desk");
  session = await beginSession(url, scene.token);
});
after(async () => {
  await scene.close();
  await server.close();
});

const act = { name: "act", arguments: { what: "file" } };
const parseError = -32_700;
const invalidRequest = -32_600;
const methodNotFound = -32_601;
const headerMismatch = -32_020;
const unsupportedVersion = -32_022;

const { headers: callHeaders, body: callBody } = modern("tools/call", act);
const withCall = (from: string, to: string) => {
  assert.ok(callBody.includes(from), from);
  return callBody.replace(from, to);
};

interface Case {
  readonly what: string;
  readonly body: string | Uint8Array;
  readonly code: number | null;
  readonly status?: number;
}

const badBodies: readonly Case[] = [
  { what: "an empty body", body: "", code: parseError },
  { what: "no JSON", body: "tools/call act", code: parseError },
  { what: "JSON and something behind it", body: `${callBody}{}`, code: parseError },
  { what: "two messages on two lines", body: `${callBody}\n${callBody}`, code: parseError },
  { what: "a byte order mark", body: `\ufeff${callBody}`, code: parseError },
  { what: "UTF-16", body: Buffer.from(callBody, "utf16le"), code: parseError },
  {
    what: "a byte that no UTF-8 has",
    body: Buffer.from(callBody.replace("file", "fi\xffle"), "latin1"),
    code: parseError,
  },
  {
    what: "an overlong encoding",
    body: Buffer.concat(splitAround(callBody, "file").toSpliced(1, 0, Buffer.from([0xc0, 0xaf]))),
    code: parseError,
  },
  { what: "half of a surrogate pair", body: withCall("file", "\\ud800"), code: invalidRequest },
  { what: "a comment", body: withCall('"file"', '"file"/* */'), code: parseError },
  { what: "a trailing comma", body: withCall('"file"', '"file",'), code: parseError },
  { what: "NaN", body: withCall('"file"', "NaN"), code: parseError },
  { what: "a number with a leading zero", body: withCall('"file"', "01"), code: parseError },
  { what: "a control character in a text", body: withCall("file", "fi\u0000le"), code: parseError },
  {
    what: "a method that stands twice",
    body: withCall('"method":"tools/call"', '"method":"ping","method":"tools/call"'),
    code: invalidRequest,
  },
  {
    what: "a tool's name that stands twice",
    body: withCall('"name":"act"', '"name":"look","name":"act"'),
    code: invalidRequest,
  },
  {
    what: "a tool's name that stands twice, once in another spelling",
    body: withCall('"name":"act"', '"n\\u0061me":"look","name":"act"'),
    code: invalidRequest,
  },
  {
    what: "an argument that stands twice, deep inside",
    body: withCall('"file"', '[{"a":{"b":1,"b":2}}]'),
    code: invalidRequest,
  },
  { what: "a batch of one", body: `[${callBody}]`, code: invalidRequest },
  { what: "a batch of two", body: `[${callBody},${callBody}]`, code: invalidRequest },
  { what: "a batch of none", body: "[]", code: invalidRequest },
  { what: "a text", body: '"tools/call"', code: invalidRequest },
  { what: "null", body: "null", code: invalidRequest },
  { what: "no version", body: withCall('"jsonrpc":"2.0",', ""), code: invalidRequest },
  { what: "another version", body: withCall('"2.0"', '"1.0"'), code: invalidRequest },
  { what: "a version that is a number", body: withCall('"2.0"', "2.0"), code: invalidRequest },
  { what: "an id of null", body: withCall('"id":1', '"id":null'), code: invalidRequest },
  { what: "an id that is a list", body: withCall('"id":1', '"id":[1]'), code: invalidRequest },
  { what: "an id of half a number", body: withCall('"id":1', '"id":0.5'), code: invalidRequest },
  {
    what: "an id of a megabyte",
    body: withCall('"id":1', `"id":"${"x".repeat(1_000_000)}"`),
    code: invalidRequest,
  },
  {
    what: "a request that is an answer too",
    body: withCall('"id":1', '"id":1,"result":{}'),
    code: invalidRequest,
  },
  {
    what: "a member that JSON-RPC does not know",
    body: withCall('"id":1', '"id":1,"auth":"x"'),
    code: invalidRequest,
  },
  {
    what: "a method that is a number",
    body: withCall('"tools/call"', "7"),
    code: invalidRequest,
  },
  {
    what: "parameters in a list",
    body: '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["act"]}',
    code: invalidRequest,
  },
  { what: "a tool's name that is no text", body: withCall('"act"', "7"), code: null },
  { what: "no tool's name", body: withCall('"name":"act",', ""), code: null },
  { what: "arguments in a list", body: withCall('{"what":"file"}', '["file"]'), code: null },
  {
    what: "lists in lists, a hundred thousand deep",
    body: withCall('"file"', `${"[".repeat(100_000)}${"]".repeat(100_000)}`),
    code: invalidRequest,
  },
  {
    what: "objects in objects, a hundred thousand deep and never closed",
    body: '{"a":'.repeat(100_000),
    code: invalidRequest,
  },
];

for (const { what, body, code, status = 400 } of badBodies) {
  test(`${what} is refused, and reaches no tool`, async () => {
    const ran = server.calls().length;
    const answer = await send({ url, token: scene.token, headers: callHeaders, body });
    assert.equal(answer.status, status, answer.text);
    const [message] = answer.messages;
    assert.ok(message?.error, answer.text);
    if (code !== null) assert.equal(message.error.code, code, answer.text);
    assert.doesNotMatch(message.error.message, /\bact\b|\bfile\b|xxx/);
    assert.equal(server.calls().length, ran);
  });
}

test("what has no id that could be read is answered under the id null", async () => {
  for (const body of ["{", "[]", '"x"', '{"jsonrpc":"2.0","id":[1],"method":"ping"}']) {
    const answer = await send({ url, token: scene.token, headers: callHeaders, body });
    const { id, error } = answer.messages[0] ?? {};
    assert.deepEqual([answer.status, id, typeof error?.code], [400, null, "number"], body);
  }
});

const contradictions: readonly {
  readonly what: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly code: number;
}[] = [
  { what: "another method", headers: { "mcp-method": "tools/list" }, code: headerMismatch },
  {
    what: "the method in other letters",
    headers: { "mcp-method": "Tools/Call" },
    code: headerMismatch,
  },
  { what: "no method", headers: { "mcp-method": "" }, code: headerMismatch },
  { what: "another tool", headers: { "mcp-name": "look" }, code: headerMismatch },
  { what: "no tool", headers: { "mcp-name": "" }, code: headerMismatch },
  { what: "two tools", headers: { "mcp-name": ["act", "look"] }, code: headerMismatch },
  { what: "the same tool twice", headers: { "mcp-name": ["act", "act"] }, code: headerMismatch },
  {
    what: "another version",
    headers: { "mcp-protocol-version": "2025-11-25" },
    code: headerMismatch,
  },
];

for (const { what, headers, code } of contradictions) {
  test(`a call whose headers name ${what} is refused, and reaches no tool`, async () => {
    const ran = server.calls().length;
    const sent = { ...callHeaders, ...headers };
    const answer = await send({ url, token: scene.token, headers: sent, body: callBody });
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.messages[0]?.error?.code, code, answer.text);
    assert.equal(server.calls().length, ran);
  });
}

test("a version that nobody speaks is refused with those that are spoken", async () => {
  for (const version of ["1999-01-01", "2026-07-29", "draft", "2026-07-28\t", "x".repeat(5_000)]) {
    const meta = { "io.modelcontextprotocol/protocolVersion": version };
    const { body } = modern("tools/call", act, { meta });
    const headers = { ...callHeaders, "mcp-protocol-version": version.trim() };
    const answer = await send({ url, token: scene.token, headers, body });
    assert.equal(answer.status, 400, answer.text);
    const code = answer.messages[0]?.error?.code ?? 0;
    assert.ok([unsupportedVersion, headerMismatch].includes(code), answer.text);
  }
  assert.equal(server.calls().length, 0);
});

test("a method that nobody knows reaches no tool server, in neither revision", async () => {
  for (const method of ["tools/run", "x/y", "__proto__", "constructor", "tools/call ", "rpc.act"]) {
    const { body, headers } = modern(method.trim(), act);
    const sent = [
      { headers: { ...headers, "mcp-method": method.trim() }, body },
      legacy(method, act, { session }),
    ];
    for (const request of sent) {
      const answer = await send({ url, token: scene.token, ...request });
      if (method.trim() === "tools/call" && request.body === body) continue;
      const [message] = answer.messages;
      assert.equal(message?.error?.code, methodNotFound, `${method}: ${answer.text}`);
    }
  }
  const known = ["initialize", "notifications/initialized", "tools/list", "server/discover"];
  const seen = new Set(server.asked.map(({ rpc }) => rpc?.method));
  for (const method of seen) {
    if (method === "tools/call") continue;
    assert.ok(method === undefined || known.includes(method), method);
  }
});

test("what a call says besides itself is an object, or people would not see it and its server would", async () => {
  const ran = server.calls().length;
  for (const _meta of [["file"], "file", 7, false]) {
    const sent = legacy("tools/call", { ...act, _meta }, { session });
    const answer = await send({ url, token: scene.token, ...sent });
    assert.equal(answer.messages[0]?.error?.code, -32_602, answer.text);
  }
  assert.equal(server.calls().length, ran);
});

test("a call that says null for what it does not say is the call that says nothing there", async () => {
  const ran = server.calls().length;
  for (const params of [{ name: "act", arguments: null, _meta: null }, { name: "act" }]) {
    const answer = await send({
      url,
      token: scene.token,
      ...legacy("tools/call", params, { session }),
    });
    assert.match(answer.text, /Done\./);
  }
  assert.equal(server.calls().length, ran + 2);
  const listed = await send({
    url,
    token: scene.token,
    ...legacy("tools/list", { cursor: null }, { session }),
  });
  assert.match(listed.text, /countersign_status/);
});

test("a message that names another character set than its own is refused", async () => {
  const ran = server.calls().length;
  const sent = { url, token: scene.token, ...legacy("tools/call", act, { session }) };
  const typed = (type: string) =>
    send({ ...sent, headers: { ...sent.headers, "content-type": `application/json${type}` } });
  for (const type of [
    "; charset=utf-16",
    ";x=y;charset=latin1",
    "; charset=utf-8; charset=utf-7",
  ]) {
    assert.equal((await typed(type)).status, 415, type);
  }
  assert.equal(server.calls().length, ran);
  for (const type of ["; charset=utf-8", ';Charset="UTF-8"', ";x=y", ";"]) {
    assert.equal((await typed(type)).status, 200, type);
  }
});

test("a batch is refused in a session of 2025-11-25 too", async () => {
  const { headers, body } = legacy("tools/call", act, { session });
  const ran = server.calls().length;
  const answer = await send({ url, token: scene.token, headers, body: `[${body}]` });
  assert.equal(answer.status, 400);
  assert.equal(answer.messages[0]?.error?.code, invalidRequest);
  assert.equal(server.calls().length, ran);
});

test("a megabyte of arguments reaches the tool as it was sent, and more than the bound is refused unread", async () => {
  const { headers, body } = modern("tools/call", {
    ...act,
    arguments: { what: "é".repeat(500_000) },
  });
  const ran = server.calls().length;
  assert.equal(textOf(await send({ url, token: scene.token, headers, body })), "Done.");
  assert.equal(server.calls()[ran]?.body, body);
  const huge = modern("tools/call", { ...act, arguments: { what: "x".repeat(80_000_000) } });
  for (const framing of [{}, { "transfer-encoding": "chunked" }]) {
    const sent = { ...headers, ...framing };
    const refused = await send({ url, token: scene.token, headers: sent, body: huge.body }).catch(
      () => null,
    );
    if (refused !== null) assert.equal(refused.status, 413, refused.text);
  }
  assert.equal(server.calls().length, ran + 1);
});

test("arguments pass with the digits, the order and the spelling that they were sent in", async () => {
  const odd =
    '{"z":1,"a":9007199254740993,"f":1.10,"e":1E400,"m":-0,"__proto__":{"admin":true},"u":"\\u00e9\\/","constructor":null}';
  const body = withCall('{"what":"file"}', odd);
  const ran = server.calls().length;
  assert.equal(
    textOf(await send({ url, token: scene.token, headers: callHeaders, body })),
    "Done.",
  );
  assert.ok(server.calls()[ran]?.body.includes(odd), server.calls()[ran]?.body);
});

test("a body is taken as JSON alone", async () => {
  const ran = server.calls().length;
  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "",
  ]) {
    const headers = { ...callHeaders, "content-type": type };
    const answer = await send({ url, token: scene.token, headers, body: callBody });
    assert.equal(answer.status, 415, `${type}: ${answer.text}`);
  }
  for (const encoding of ["gzip", "br", "identity, gzip"]) {
    const headers = { ...callHeaders, "content-encoding": encoding };
    const answer = await send({ url, token: scene.token, headers, body: callBody });
    assert.equal(answer.status, 415, `${encoding}: ${answer.text}`);
  }
  assert.equal(server.calls().length, ran);
});

test("an answer that nobody asked for is refused, and does not reach the tool server", async () => {
  const seen = server.asked.length;
  const { headers } = legacy("ping", {}, { session });
  for (const id of [1, "a", 999]) {
    const body = JSON.stringify({ jsonrpc: "2.0", id, result: { roots: [] } });
    const answer = await send({ url, token: scene.token, headers, body });
    assert.ok(answer.status === 202 || answer.status === 400, String(answer.status));
  }
  assert.equal(server.asked.length, seen);
});

test("after all that a call still runs once", async () => {
  const ran = server.calls().length;
  const answer = await send({ url, token: scene.token, headers: callHeaders, body: callBody });
  assert.equal(textOf(answer), "Done.");
  assert.equal(server.calls().length, ran + 1);
});

function textOf({ messages, text }: RawAnswer): string {
  const content = messages.at(-1)?.result?.["content"] as readonly { readonly text: string }[];
  return content?.[0]?.text ?? text;
}

function splitAround(whole: string, word: string): readonly Buffer[] {
  const [head = "", tail = ""] = whole.split(word);
  return [Buffer.from(head), Buffer.from(tail)];
}
