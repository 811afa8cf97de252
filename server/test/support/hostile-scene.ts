/** A gateway with a credential of its own in front of a tool server that a test makes as bad as it likes. */
import assert from "node:assert/strict";
import {
  answerWith,
  type HostileServer,
  type OnCall,
  openHostileServer,
  resultOf,
} from "./hostile-server.ts";
import { type McpGateway, openMcpGateway } from "./mcp-gateway.ts";
import { modern, type RawAnswer, send } from "./raw-mcp.ts";

export interface HostileScene extends McpGateway {
  readonly server: HostileServer;
  readonly desk: string;
  /** Every message that one call brings its client, where the gateway still serves another afterwards. */
  readonly hear: (act: OnCall) => Promise<RawAnswer>;
}

/** What the gateway shows the server, and nobody else may see. */
const credential = "upstream-credential-73b1f0";
const callId = "c-1";
export const plainCall = modern(
  "tools/call",
  { name: "act", arguments: { what: "file" } },
  { id: callId },
);

/** `others`: more connections, to servers of other kinds. */
export async function openHostileScene(
  others: Readonly<Record<string, string>> = {},
): Promise<HostileScene> {
  const server = await openHostileServer();
  const header = { header: "x-api-key", value: { env: "KEY" } };
  const scene = await openMcpGateway(
    {
      desk: { upstream: { url: server.url, credential: header } },
      ...Object.fromEntries(
        Object.entries(others).map(([name, url]) => [name, { upstream: { url } }]),
      ),
    },
    undefined,
    { KEY: credential },
  );
  const desk = scene.url("desk");
  const { token } = scene;
  return {
    ...scene,
    server,
    desk,
    async hear(act) {
      server.onCall(act);
      const answer = await send({ url: desk, token, ...plainCall });
      server.onCall((next, response) => answerWith(response, resultOf(next, "Done.")));
      const next = await send({ url: desk, token, ...plainCall });
      assert.match(next.text, /Done\./, "the gateway serves the next one");
      assertWellFormed(answer);
      return answer;
    },
    async close() {
      await scene.close();
      await server.close();
    },
  };
}

/** Work beside it that a count has to outlast before it counts as still. */
const stillCalls = 10;

/** Once a count has stayed what it is while other work went through the same gateway: nothing more comes. */
export async function untilStill(count: () => number, work: () => Promise<void>): Promise<void> {
  for (let last = -1; last !== count(); ) {
    last = count();
    for (let done = 0; done < stillCalls; done += 1) await work();
  }
}

/** One answer at most, and it is this call's. */
export function assertWellFormed({ messages, text }: RawAnswer): void {
  const answers = messages.filter((message) => message.method === undefined);
  assert.ok(answers.length <= 1, text);
  for (const { id } of answers) assert.equal(id, callId, text);
  assert.ok(!text.includes(credential));
}

export function assertFailure(answer: RawAnswer): void {
  const last = answer.messages.at(-1);
  const failed = last?.error !== undefined || last?.result?.["isError"] === true;
  // A status without a message is the transport's own way to say so.
  const isRefused = last === undefined && answer.status >= 400;
  assert.ok(failed || isRefused, `${answer.status} ${answer.text}`);
}

/** Of a call that asked for it under this token. */
export function progress(value: number, message = "on the way"): object {
  const params = { progressToken: "t", progress: value, message };
  return { jsonrpc: "2.0", method: "notifications/progress", params };
}
