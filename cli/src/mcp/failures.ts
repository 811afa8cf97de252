/** What a client hears in place of an answer: as a JSON-RPC error with a stable code and a sentence for a model to act on. */
import { GatewayLost } from "./gateway-http.ts";
import type { RpcId } from "./message.ts";

export type FailureCode =
  | "client.unreachable"
  | "client.unauthenticated"
  | "client.refused"
  | "client.session_over"
  | "client.server_ended"
  | "client.malformed_message"
  | "outcome_unknown";

export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  /** Whether the same request may be sent again as it is. */
  readonly retry: boolean;
}

/** JSON-RPC 2.0 leaves this one to implementations. */
const serverError = -32_000;

export function failureLine(id: RpcId | null, { code, message, retry }: Failure): string {
  return JSON.stringify({
    jsonrpc: "2.0",
    id,
    error: { code: serverError, message, data: { code, retry } },
  });
}

export function failureOf(error: unknown, url: URL): Failure {
  if (!(error instanceof GatewayLost)) return unknownOutcome(String(error));
  if (error.sent) return unknownOutcome(error.message);
  if (error.status !== null) return refusedFailure(error.status, url);
  return {
    code: "client.unreachable",
    message: `Countersign does not answer at ${url.origin} (${error.message}). Nothing was run. Try again when it runs.`,
    retry: true,
  };
}

export function refusedFailure(status: number, url: URL): Failure {
  if (status === 401) {
    return {
      code: "client.unauthenticated",
      message: `Countersign at ${url.origin} does not take the agent's token. Nothing was run. A person has to set it right; do not try again.`,
      retry: false,
    };
  }
  return {
    code: "client.refused",
    message: `Countersign at ${url.origin} does not take this request (HTTP ${status}). Nothing was run. A person has to look at the connection's name and its configuration; do not try again.`,
    retry: false,
  };
}

export const sessionOver: Failure = {
  code: "client.session_over",
  message:
    "The session with the tool server is over. Nothing was run. It begins anew when this client starts the server again.",
  retry: false,
};

export const serverEnded: Failure = {
  code: "client.server_ended",
  message: "The tool server has ended. Nothing was run.",
  retry: false,
};

function unknownOutcome(reason: string): Failure {
  return {
    code: "outcome_unknown",
    message: `The answer was lost on its way (${reason}). Whether it ran is not known: do not run it again before a person has looked.`,
    retry: false,
  };
}

export const malformed: Failure = {
  code: "client.malformed_message",
  message: "This line is no message, or too long. Nothing was run.",
  retry: false,
};

export const noAnswer: Failure = unknownOutcome("the stream ended");
