/** What rules mask in a tool's answer is a label that a restart finds, before the answer passes. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { KeptLabels } from "#/core/label.ts";
import { calling, type McpScene, send, startMcpScene } from "./support/mcp-scene.ts";
import { json, stream } from "./support/tool-server.ts";

const policies = `
  @id("all") @mask("email") permit (principal, action in Countersign::Action::"mcp", resource);`;

interface Kept {
  /** Something masked is about to be kept. */
  readonly asked: Promise<void>;
  readonly go: () => void;
  readonly fail: () => void;
}

/** A gateway whose store keeps what was masked when the test says so. */
async function open(
  context: TestContext,
  streams: boolean,
): Promise<{ readonly scene: McpScene; readonly kept: Kept }> {
  const asked = Promise.withResolvers<void>();
  const may = Promise.withResolvers<void>();
  const scene = await startMcpScene({
    policies,
    answer: ({ body }, response) => {
      const { id, method } = JSON.parse(body) as { readonly id: unknown; readonly method: string };
      const content = [{ type: "text", text: "Write to carla@example.com." }];
      if (method !== "tools/call") {
        const tools = [{ name: "look", inputSchema: { type: "object" } }];
        return json(response, { jsonrpc: "2.0", id, result: { tools } });
      }
      if (!streams) return json(response, { jsonrpc: "2.0", id, result: { content } });
      const say = stream(response);
      const params = { level: "info", data: "carla@example.com" };
      say({ jsonrpc: "2.0", method: "notifications/message", params });
      say({ jsonrpc: "2.0", id, result: { content } });
      response.end();
    },
    wrapStore: (store) => ({
      ...store,
      async keepLabels(labels: KeptLabels) {
        if (JSON.stringify(labels).includes("masked:email")) {
          asked.resolve();
          await may.promise;
        }
        await store.keepLabels(labels);
      },
    }),
  });
  context.after(scene.close);
  const fail = () => may.reject(new Error("the disk is full"));
  return { scene, kept: { asked: asked.promise, go: () => may.resolve(), fail } };
}

for (const streams of [false, true]) {
  const how = streams ? "on a stream" : "whole";
  test(`nothing of an answer that comes ${how} passes before what was masked in it is kept`, async (context) => {
    const { scene, kept } = await open(context, streams);
    const token = await scene.token();
    const sent = send(scene.url, token, calling("look"));
    let heard = "";
    // Of the response itself its own reader takes all.
    sent.request.once("socket", (socket) => socket.on("data", (part) => (heard += String(part))));
    await kept.asked;
    // Whatever was on its way has come before the answer to what was asked later.
    await send(scene.url, token, { jsonrpc: "2.0", id: 2, method: "ping" }).answer;
    assert.doesNotMatch(heard, /EMAIL/);
    kept.go();
    const { text } = await sent.answer;
    assert.match(heard, /EMAIL/);
    assert.match(text, /Write to .*EMAIL/);
    assert.doesNotMatch(text, /carla/);
  });

  test(`nothing of an answer that comes ${how} passes where that can't be kept, and its outcome is unknown`, async (context) => {
    const { scene, kept } = await open(context, streams);
    const sent = send(scene.url, await scene.token(), calling("look"));
    await kept.asked;
    kept.fail();
    const { text, message } = await sent.answer;
    assert.doesNotMatch(text, /EMAIL|carla/);
    assert.equal(message.result?._meta?.["countersign/refusal"]?.code, "outcome_unknown");
  });
}
