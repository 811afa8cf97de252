/** COPY FROM STDIN as clients send it. */
import assert from "node:assert/strict";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import {
  encodeCopyData,
  encodeDescribe,
  encodeExecute,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import type { Scene } from "./agent-scene.ts";
import { bind, parse } from "./extended-messages.ts";
import { inShort, type WireClient } from "./wire-client.ts";

export const copyItems = "copy items from stdin";

export const twoRows = "4\td\n5\te\\\\\\tf\n";

export const data = (text: string) => encodeCopyData(Buffer.from(text));

export const extended = (sql: string) => [
  parse(sql),
  bind(),
  encodeDescribe("portal", ""),
  encodeExecute(""),
];

/** Resolves with what came up to the request for data. */
const untilAsked = (client: WireClient) =>
  client.until(({ kind }) => kind === "copy_in_response" || kind === "error_response");

export async function begin({ client }: Pick<Scene, "client">, ...frames: readonly Uint8Array[]) {
  client.send(...frames);
  return untilAsked(client);
}

export const asked = (messages: readonly BackendMessage[]) => {
  const message = messages.at(-1);
  return message?.kind === "copy_in_response" ? message : assert.fail(inShort(messages).join());
};

export function shownText(type: number, value: string) {
  return { type, format: "text", bytes: Buffer.from(value).toString("base64") };
}
