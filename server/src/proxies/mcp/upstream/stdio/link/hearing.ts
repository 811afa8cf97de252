/**
 * What a server says, to whom it is for: an answer to who asked, progress and subscriptions to what they name, and what
 * names nothing to the only one who can be meant.
 */
import type { UpstreamSession } from "#/proxies/mcp/upstream/upstream.ts";
import type { Call } from "./call.ts";
import type { Calls } from "./calls.ts";
import type { DropReason } from "./dropped.ts";
import type { Listeners } from "./listeners.ts";
import {
  cancelledMethod,
  listenMethod,
  namedPaths,
  progressMethod,
  subscriptionPath,
} from "./methods.ts";
import {
  type AnswerLine,
  memberAt,
  type NotificationLine,
  type RequestLine,
  readLine,
} from "./rpc-line.ts";
import { splice } from "./splice.ts";
import { statusOf } from "./status-of.ts";

/** Of a server: that of its clients' sessions. */
export type LinkKind = UpstreamSession["kind"];

export interface HearingParts {
  readonly kindOf: () => LinkKind;
  readonly calls: Calls;
  readonly listeners: Listeners;
  /** Those of the server's requests that its client has not answered, as their ids are written. */
  readonly serverRequests: Set<string>;
  readonly dropped: (reason: DropReason) => void;
  readonly send: (message: Buffer) => void;
}

/** One more is dropped. */
const serverRequestsMax = 64;

/** Each line: whether it answers anything, or came unasked. */
export function createHearing(parts: HearingParts): (bytes: Buffer) => "answer" | "unasked" {
  const { kindOf, calls, listeners, serverRequests, dropped, send } = parts;

  const pass = (call: Call, data: Uint8Array) => {
    calls.heard(call);
    if (!call.push(data)) dropped("not_taken");
  };
  /** What names no request: to the only one that is under way, or to who listens. */
  const deliver = (line: RequestLine | NotificationLine) => {
    const data = splice(line.bytes, []);
    const answering = calls.answering();
    const latest = answering.at(-1);
    if (latest !== undefined && answering.length === 1) return pass(latest, data);
    if (kindOf() === "stateless") return dropped("nobody_listens");
    if (latest === undefined || listeners.isHeard()) return listeners.push(data);
    pass(latest, data);
  };
  const answered = (line: AnswerLine): boolean => {
    const call = calls.find(line.id.text);
    if (call === undefined) {
      dropped("unasked_answer");
      return false;
    }
    const { clientId, method } = call.options;
    const named = method === listenMethod ? memberAt(line, line.outcome, subscriptionPath) : null;
    const ids = named?.text === line.id.text ? [line.id, named] : [line.id];
    const data = splice(
      line.bytes,
      ids.map((at) => ({ at, text: clientId })),
    );
    call.finish(kindOf() === "stateless" ? statusOf(line) : 200, data);
    return true;
  };
  const asked = (line: RequestLine) => {
    if (kindOf() === "stateless") return dropped("request_refused");
    if (line.method === "ping") return send(pong(line.id.text));
    const { text } = line.id;
    if (serverRequests.has(text) || serverRequests.size >= serverRequestsMax) {
      return dropped("request_refused");
    }
    serverRequests.add(text);
    deliver(line);
  };
  const told = (line: NotificationLine) => {
    const path = namedPaths.get(line.method) ?? subscriptionPath;
    const named = memberAt(line, line.params, path);
    if (named === null) return deliver(line);
    if (line.method === cancelledMethod && kindOf() === "session") {
      // Of its own request, which it takes back.
      if (serverRequests.delete(named.text)) return deliver(line);
      return dropped("nobody_listens");
    }
    const call = calls.find(named.text);
    if (call === undefined) return dropped("nobody_listens");
    if (line.method === cancelledMethod) return call.end();
    const { clientId, progressToken } = call.options;
    const text = line.method === progressMethod ? progressToken : clientId;
    if (text === null) return dropped("nobody_listens");
    pass(call, splice(line.bytes, [{ at: named, text }]));
  };
  return (bytes) => {
    const line = readLine(bytes);
    if (line?.kind === "response") return answered(line) ? "answer" : "unasked";
    if (line === null) dropped("junk");
    else if (line.kind === "request") asked(line);
    else told(line);
    return "unasked";
  };
}

function pong(id: string): Buffer {
  return Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":{}}`, "latin1");
}
