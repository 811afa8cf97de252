/**
 * The gateway's event stream, for as long as the page lives.
 *
 * Guarantees that a stream that ends, fails or falls silent is told as lost at once and opened again, later
 * each time up to `retryMsMax`, from where it stopped. It is read with `fetch`, because an EventSource sees
 * neither the heartbeat, by which a dead connection is known, nor a 401.
 */
import type { StreamEvent } from "@countersign/sdk/wire/event";
import { createEventReader, retryEvent } from "./event-text.ts";

export type StreamState = "connecting" | "live" | "lost";

export interface StreamDeps {
  readonly fetch: typeof fetch;
  readonly setTimeout: (callback: () => void, ms: number) => () => void;
  /** From 0 up to 1. */
  readonly random: () => number;
}

export interface StreamListener {
  readonly onState: (state: StreamState) => void;
  readonly onEvent: (event: StreamEvent) => void;
  readonly onSignedOut: () => void;
}

export interface EventStream {
  /** The network is gone: what is open still looks so for a while. */
  readonly lose: () => void;
  /** Nobody looks: a browser has few connections, and a stream keeps one. */
  readonly pause: () => void;
  /** Not waiting any longer: the network is back, the page is looked at again. */
  readonly retryNow: () => void;
  readonly close: () => void;
}

export const retryMsMin = 1_000;
export const retryMsMax = 30_000;
/** The gateway sends something every 15 s. */
export const silenceMsMax = 40_000;

export function openEventStream(deps: StreamDeps, listener: StreamListener): EventStream {
  let failures = 0;
  /** What the gateway asked for last. */
  let retryMs = retryMsMin;
  let cursor: string | null = null;
  /** Of several attempts, only the last one is listened to. */
  let attempt = new AbortController();
  let cancelRetry = () => {};

  const connect = async (current: AbortController) => {
    const outcome = await readStream(deps, cursor, current.signal, (told, id) => {
      if (current.signal.aborted) return;
      if (told.event === retryEvent) {
        retryMs = Math.min(retryMsMax, Math.max(retryMsMin, told.ms));
        return;
      }
      if (id !== null) cursor = id;
      if (told.event === "hello") {
        failures = 0;
        listener.onState("live");
      }
      listener.onEvent(told);
    });
    if (current.signal.aborted) return;
    listener.onState("lost");
    if (outcome === "signed out") {
      listener.onSignedOut();
      return;
    }
    retryLater();
  };
  const retryLater = () => {
    const waitMs = Math.min(retryMsMax, retryMs * 2 ** failures) * (0.5 + deps.random() / 2);
    failures += 1;
    cancelRetry = deps.setTimeout(start, waitMs);
  };
  const stop = () => {
    cancelRetry();
    cancelRetry = () => {};
    attempt.abort();
  };
  const start = () => {
    stop();
    attempt = new AbortController();
    void connect(attempt);
  };
  listener.onState("connecting");
  start();
  const lose = () => {
    stop();
    listener.onState("lost");
    retryLater();
  };
  const pause = () => {
    stop();
    listener.onState("connecting");
  };
  return { lose, pause, retryNow: start, close: stop };
}

async function readStream(
  deps: StreamDeps,
  cursor: string | null,
  signal: AbortSignal,
  tell: (event: StreamEvent | RetryAsked, id: string | null) => void,
): Promise<"ended" | "signed out"> {
  const silence = new AbortController();
  let cancelSilence = () => {};
  const heard = () => {
    cancelSilence();
    cancelSilence = deps.setTimeout(() => silence.abort(), silenceMsMax);
  };
  try {
    heard();
    const ending = AbortSignal.any([signal, silence.signal]);
    const response = await deps.fetch("/api/v1/events", {
      headers: {
        accept: "text/event-stream",
        "countersign-background": "1",
        ...(cursor === null ? {} : { "last-event-id": cursor }),
      },
      redirect: "error",
      signal: ending,
    });
    if (response.status === 401) return "signed out";
    if (!response.ok || response.body === null) return "ended";
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    ending.addEventListener("abort", () => void reader.cancel().catch(() => {}));
    const parse = createEventReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return "ended";
      heard();
      for (const { event, data, id } of parse(value)) {
        if (event === "bye") return "signed out";
        const told = parseEvent(event, data);
        if (told !== null) tell(told, id);
      }
    }
  } catch {
    return "ended";
  } finally {
    cancelSilence();
  }
}

interface RetryAsked {
  readonly event: typeof retryEvent;
  readonly ms: number;
}

function parseEvent(event: string, data: string): StreamEvent | RetryAsked | null {
  if (event === retryEvent) return { event, ms: Number(data) };
  if (event === "hello") return { event };
  if (event !== "changes") return null;
  try {
    const { reviews } = JSON.parse(data) as { readonly reviews?: unknown };
    if (!Array.isArray(reviews)) return null;
    return { event, reviews: reviews.filter((id) => typeof id === "string") };
  } catch {
    return null;
  }
}
