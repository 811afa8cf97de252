/** Ways in which an agent brings a value to the gateway with a tool call, and a tool server with its answer. */
import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import type { Page } from "@countersign/sdk/wire/page";
import type { ReviewSummary } from "@countersign/sdk/wire/review";
import { calling } from "./mcp-scene.ts";
import type { Plant } from "./plant.ts";
import type { PlantedScene } from "./planted-scene.ts";
import type { ToolAnswer } from "./planted-tools.ts";
import { open } from "./raw-mcp.ts";
import { json } from "./tool-server.ts";

type How = NonNullable<Plant["plant"]>;

export const requestOf = (method: string, params: object) => ({
  jsonrpc: "2.0",
  id: 1,
  method,
  params,
});
/** Of an answer to a call that ran. */
export const done = /"done"/;

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly path?: string;
}

/** What the agent's client hears, with its headers: kept as what a session that plants has received. */
export async function asks(
  scene: PlantedScene,
  body: unknown,
  { headers = {}, method = "POST", path = "/mcp/desk" }: Asked = {},
): Promise<string> {
  const { answered } = open({
    method,
    url: `${scene.gateway().apiUrl}${path}`,
    token: scene.agentToken,
    headers,
    ...(method === "POST" ? { body: typeof body === "string" ? body : JSON.stringify(body) } : {}),
  });
  const response = await answered;
  const { statusCode, rawHeaders } = response;
  const heard = `${statusCode}\n${rawHeaders.join("\n")}\n${await text(response)}`;
  scene.received.planting.push(Buffer.from(heard));
  return heard;
}

export const heard =
  (write: (value: string) => unknown, expected: RegExp, asked: Asked = {}): How =>
  async (scene, value) => {
    assert.match(await asks(scene, write(value), asked), expected);
  };

export async function holdsCall(scene: PlantedScene, body: unknown) {
  const before = new Set((await pending(scene)).map(({ id }) => id));
  const answer = asks(scene, body);
  let review = "";
  const held = scene.until(async () => {
    review = (await pending(scene)).find(({ id }) => !before.has(id))?.id ?? "";
    return review !== "";
  });
  const early = await Promise.race([held, answer]);
  assert.equal(early, undefined, "it waits");
  // One that waits to the end is lost with its gateway.
  answer.catch(() => undefined);
  return { review, answer };
}

async function pending({ gateway, reviewer }: PlantedScene): Promise<readonly ReviewSummary[]> {
  const { body } = await gateway().call("/reviews?state=pending&limit=200", reviewer);
  return (body as Page<ReviewSummary>).items;
}

export const callWaits =
  (write: (value: string) => unknown): How =>
  async (scene, value) => {
    await holdsCall(scene, write(value));
  };

/** A call that runs, and is answered so. */
export const answeredBy =
  (tool: string, answer: (value: string) => ToolAnswer, expected: RegExp): How =>
  async (scene, value) => {
    scene.tools.answers.set(tool, answer(value));
    assert.match(await asks(scene, calling(tool)), expected);
  };

/** To a request under the id that it had. */
export const says =
  (member: (value: string) => object) =>
  (value: string): ToolAnswer =>
  (response, id) =>
    json(response, { jsonrpc: "2.0", id, ...member(value) });
