/** A session that sends exactly the frames that it is given, and tells in short what came back. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import type { BackendMessage } from "#/proxies/postgres/wire/backend-messages.ts";
import { encodeQuery } from "#/proxies/postgres/wire/encode-frontend.ts";
import { inShort, isReady, type WireClient } from "./wire-client.ts";

export interface Session {
  readonly client: WireClient;
  /** Everything up to the end of the message, in short. */
  run(...frames: readonly (string | Uint8Array)[]): Promise<string>;
  /** Waits or not. */
  ask(...frames: readonly (string | Uint8Array)[]): Promise<Asked>;
  /** The review of a message that has begun to wait. */
  hold(...frames: readonly (string | Uint8Array)[]): Promise<Held>;
}

export interface Asked {
  /** Null where it did not wait. */
  readonly review: string | null;
  /** What its client hears in the end, in short. */
  readonly answer: () => Promise<string>;
}

export interface Held extends Asked {
  readonly review: string;
}

export function sessionOf(client: WireClient): Session {
  const send = (frames: readonly (string | Uint8Array)[]) =>
    client.send(...frames.map((each) => (typeof each === "string" ? encodeQuery(each) : each)));
  const answer = async () => inShort(await client.until(isReady)).join("; ");
  const ask: Session["ask"] = async (...frames) => {
    send(frames);
    const heard = await client.until((message) => isReady(message) || reviewOf(message) !== null);
    const review = heard.map(reviewOf).find((each) => each !== null) ?? null;
    return { review, answer: review === null ? async () => inShort(heard).join("; ") : answer };
  };
  return {
    client,
    async run(...frames) {
      send(frames);
      return answer();
    },
    ask,
    async hold(...frames) {
      const asked = await ask(...frames);
      const review = asked.review ?? assert.fail(`it did not wait: ${await asked.answer()}`);
      return { ...asked, review };
    },
  };
}

function reviewOf(message: BackendMessage): string | null {
  if (message.kind !== "notice_response") return null;
  const { review } = JSON.parse(message.fields.detail ?? "{}") as { readonly review?: string };
  return review ?? null;
}

/** Bytes to a port, and whatever comes back until it hangs up. */
export async function rawAnswer(port: number, bytes: Uint8Array): Promise<Buffer> {
  const socket = connectSocket(port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  socket.end(bytes);
  await once(socket, "close");
  return Buffer.concat(chunks);
}
