/**
 * What a client brings back with a call that was answered by a request for input (2026-07-28, "Multi Round-Trip Requests"): which review it
 * is for. It comes through the client, and is believed only under the gateway's own key, of the agent and the call that it was made for,
 * for a while, and once.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { Clock } from "#/platform/clock.ts";
import { randomHex } from "#/platform/random.ts";

export interface StateOf {
  readonly agent: string;
  readonly connection: string;
  /** Digest of the call's command. */
  readonly call: string;
  readonly ticket: string;
}

export interface RequestStates {
  seal(of: StateOf): string;
  /** Null where it is not this gateway's, not for this, too old, or was used before. */
  redeem(state: string, of: Omit<StateOf, "ticket">): string | null;
}

const prefix = "countersign.";
const stateTag = "countersign/request-state/v1\0";
const stateLifeMs = 10 * 60_000;
/** Of one agent, of those that may still be used. One more costs its oldest its use. */
const statesOpenMax = 1_000;
const onceBytes = 16;

const sealed = z.strictObject({
  agent: z.string(),
  call: z.string(),
  connection: z.string(),
  once: z.string(),
  ticket: z.string(),
});

export function isOwnState(text: string | null): boolean {
  return text?.startsWith(prefix) === true;
}

export function createRequestStates(secret: Uint8Array, clock: Clock): RequestStates {
  const key = createHmac("sha256", secret).update(stateTag).digest();
  /** By agent, of which there are those of the configuration. */
  const openOf = new Map<string, Map<string, number>>();
  const mac = (text: string) => createHmac("sha256", key).update(text).digest();
  return {
    seal({ agent, call, connection, ticket }) {
      const once = randomHex(onceBytes);
      const open = openOf.get(agent) ?? new Map<string, number>();
      openOf.set(agent, open);
      const [oldest] = open.keys();
      if (open.size >= statesOpenMax && oldest !== undefined) open.delete(oldest);
      open.set(once, clock.now() + stateLifeMs);
      const said = JSON.stringify({ agent, call, connection, once, ticket });
      const text = Buffer.from(said).toString("base64url");
      return `${prefix}${text}.${mac(text).toString("base64url")}`;
    },
    redeem(state, { agent, call, connection }) {
      const [text = "", given = ""] = state.slice(prefix.length).split(".");
      const [is, should] = [Buffer.from(given, "base64url"), mac(text)];
      if (is.length !== should.length || !timingSafeEqual(is, should)) return null;
      const said = sealed.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
      if (said.agent !== agent || said.call !== call || said.connection !== connection) return null;
      const open = openOf.get(agent);
      const until = open?.get(said.once);
      open?.delete(said.once);
      return until !== undefined && clock.now() < until ? said.ticket : null;
    },
  };
}
