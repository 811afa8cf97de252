/** Tool servers that refuse a request by its status, as their kits do it: with an id of their own, with none, with no JSON-RPC at all. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { calling, type McpScene, send, startMcpScene } from "./support/mcp-scene.ts";
import { json } from "./support/tool-server.ts";

let scene: McpScene;
let token: string;
before(async () => {
  scene = await startMcpScene({
    policies: `@id("all") permit (principal, action in Countersign::Action::"mcp", resource);`,
    answer: (_, response) => json(response, {}),
  });
  token = await scene.token();
});
after(() => scene.close());

const error = { code: -32_600, message: "Session not found" };

for (const id of ["server-error", 77, null, undefined]) {
  test(`a refusal whose message has the id ${id} is the answer to the request that was refused`, async () => {
    scene.server.answer((_, response) => json(response, { jsonrpc: "2.0", id, error }, 404));
    const { status, message } = await send(scene.url, token, calling("find", {}, {}, "c-1")).answer;
    assert.equal(status, 404);
    assert.deepEqual(message.error, error);
    const told = id === "server-error" || id === 77 ? "c-1" : id;
    assert.equal(message.id, told);
    const list = { jsonrpc: "2.0", id: "é", method: "tools/list" };
    const listed = await send(scene.url, token, list).answer;
    assert.deepEqual([listed.status, listed.message.error], [404, error]);
    assert.equal(listed.message.id, told === "c-1" ? "é" : told);
  });
}

test("a call that was refused by its status has failed, and its outcome is known", async () => {
  const failed = await scene.records("execution.failed");
  const unknown = await scene.records("execution.unknown");
  for (const body of [{ jsonrpc: "2.0", id: "server-error", error }, { detail: "Not Found" }]) {
    scene.server.answer((_, response) => json(response, body, 404));
    const { status } = await send(scene.url, token, calling("find")).answer;
    assert.equal(status, 404);
  }
  assert.equal(await scene.records("execution.failed"), failed + 2);
  assert.equal(await scene.records("execution.unknown"), unknown);
});

test("what a server says with a status of refusal and is no message is not passed on, and its status is", async () => {
  for (const body of [{ error: "invalid_token" }, { detail: "at 10.1.2.3" }, ["at 10.1.2.3"], 7]) {
    for (const asked of [calling("find"), { jsonrpc: "2.0", id: 1, method: "prompts/list" }]) {
      scene.server.answer((_, response) => json(response, body, 403));
      const { status, text } = await send(scene.url, token, asked).answer;
      assert.deepEqual([status, text], [403, ""]);
    }
  }
});

test("a stream of the server's own that it refuses has the status by which it does", async () => {
  for (const [status, id] of [
    [406, null],
    [409, "server-error"],
    [404, undefined],
  ] as const) {
    scene.server.answer((_, response) => json(response, { jsonrpc: "2.0", id, error }, status));
    const answer = await send(scene.url, token, "", {}, "GET").answer;
    assert.deepEqual([answer.status, answer.text], [status, ""]);
  }
});

test("an answer to something else is not one, where its status is no refusal", async () => {
  scene.server.answer((_, response) =>
    json(response, { jsonrpc: "2.0", id: "server-error", error }),
  );
  const { text } = await send(scene.url, token, calling("find")).answer;
  assert.doesNotMatch(text, /Session not found/);
});

test("a refusal says nothing in the gateway's name", async () => {
  const stolen = { code: -32_600, message: "x", data: { "countersign/refusal": {} } };
  scene.server.answer((_, response) =>
    json(response, { jsonrpc: "2.0", id: "server-error", error: stolen }, 400),
  );
  const { message } = await send(scene.url, token, calling("find")).answer;
  assert.deepEqual(message.error?.data, {});
});
