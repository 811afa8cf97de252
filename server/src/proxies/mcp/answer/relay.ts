/**
 * What a server answers, on its way to the client: as it came, message by message, and no further than its end.
 *
 * Guarantees that nothing reaches the client but what belongs to its request (`read-answer.ts`), and that its answer is the last of it.
 */
import type { Clock } from "#/platform/clock.ts";
import { protocolFailure } from "#/proxies/mcp/upstream/http-failure.ts";
import type { StreamEvent, UpstreamAnswer } from "#/proxies/mcp/upstream/upstream.ts";
import type { AnswerSink } from "#/proxies/mcp/wire/client-answer.ts";
import { isRefusal, refusalOf } from "./http-refusal.ts";
import { type Answered, type AnswerOptions, readAnswer } from "./read-answer.ts";

export interface RelayOptions extends AnswerOptions {
  readonly client: AnswerSink;
  readonly clock: Clock;
  /** A client can hear the rest of a stream that was cut off: by its revision, and because nothing of it is masked. */
  readonly canResume: boolean;
  /** Before anything passes that was looked at: it waits for that, and never passes where that fails. */
  readonly onPassing?: (() => Promise<void> | null) | undefined;
  /** Of each event behind which the client may begin again. */
  readonly onEventId?: (id: string) => void;
}

/** How long a server may leave its stream open behind its answer. */
const lingerMs = 1_000;

/** Rejects where the server is lost or does not keep to the protocol: one that answers something else answers nothing more where it did. */
export async function relay(answer: UpstreamAnswer, options: RelayOptions): Promise<Answered> {
  try {
    return await relayed(answer, options);
  } catch (error) {
    answer.source.distrust();
    throw error;
  }
}

async function relayed(answer: UpstreamAnswer, options: RelayOptions): Promise<Answered> {
  const { client } = options;
  switch (answer.body.kind) {
    case "empty":
      return refused(answer, options);
    case "json": {
      const { bytes } = answer.body;
      const message = isRefusal(answer.status)
        ? refusalTo(options.askedId ?? options.id, bytes)
        : bytes;
      if (message === null) return refused(answer, options);
      const read = readAnswer(asBuffer(message), options);
      if (read.kind !== "answer")
        throw protocolFailure("answers with something else than an answer");
      const kept = options.onPassing?.() ?? null;
      if (kept !== null) await kept;
      client.message(answer.status, read.bytes);
      return read.answered;
    }
    case "stream":
      return relayStream(answer.body.events, options);
  }
}

/** Nobody listens for a message where none was asked for. */
function refusalTo(id: RelayOptions["id"], bytes: Uint8Array): Uint8Array | null {
  return id === null ? null : refusalOf(bytes, id);
}

function refused({ status, headers }: UpstreamAnswer, { client }: RelayOptions): Answered {
  if (status < 400 || status >= 500) return { kind: "none" };
  const { allow = "" } = headers;
  client.empty(status, /^[A-Z]+(?:, ?[A-Z]+)*$/.test(allow) ? { allow } : {});
  return { kind: "refused", status };
}

async function relayStream(
  events: AsyncIterable<StreamEvent>,
  options: RelayOptions,
): Promise<Answered> {
  const { client, clock, id } = options;
  client.openStream();
  let answered: Answered = { kind: "none" };
  /** The client was told where to begin again, as a revision with sessions lets it. */
  let goesOn = id === null;
  const incoming = events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { value: event, done } = await incoming.next();
      if (done === true || client.isOver) break;
      goesOn ||= event.id !== null && options.canResume;
      const passed = passedEvent(event, options);
      if (passed === null) continue;
      const kept = options.onPassing?.() ?? null;
      if (kept !== null) await kept;
      const full = client.event(passed.event);
      if (full !== null) await full;
      if (passed.answered === null) continue;
      answered = passed.answered;
      if (id !== null) break;
    }
  } catch (error) {
    await incoming.return?.();
    throw error;
  }
  if (answered.kind === "none" && !goesOn && !client.isOver) {
    throw protocolFailure("ended its answer without one");
  }
  client.end();
  // What a server says behind its answer belongs to nothing; where it says nothing, its connection can be used again.
  const stopClock = clock.after(lingerMs, () => void incoming.return?.());
  const behind = incoming.next().then(
    ({ done }) => (done === true ? undefined : incoming.return?.()),
    () => undefined,
  );
  void behind.finally(stopClock);
  return answered;
}

function passedEvent(
  event: StreamEvent,
  options: RelayOptions,
): { readonly event: StreamEvent; readonly answered: Answered | null } | null {
  // What says where to begin again is the server's own text, and nothing to a client that can't.
  const id = options.canResume ? event.id : null;
  if (id !== null) options.onEventId?.(id);
  if (event.data.length === 0) return id === null ? null : { event, answered: null };
  const read = readAnswer(asBuffer(event.data), options);
  switch (read.kind) {
    case "dropped":
      return null;
    case "passed":
      return { event: { ...event, id, data: read.bytes }, answered: null };
    case "answer":
      return { event: { ...event, id, data: read.bytes }, answered: read.answered };
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
