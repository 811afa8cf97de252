/**
 * What is said to bytes that are no request of HTTP/1.1. Guarantees that it is never taken for the answer to a request that is under way on the
 * same connection: that one may have run, and its client would try it again.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

export interface BrokenRequests {
  /** Of each request that could be read. */
  began(request: IncomingMessage, response: ServerResponse): void;
  broke(error: Error, stream: Duplex): void;
}

export function createBrokenRequests(): BrokenRequests {
  const underWay = new WeakMap<Duplex, Set<Exchange>>();
  return {
    began(request, response) {
      const { socket } = request;
      const all = underWay.get(socket) ?? new Set();
      underWay.set(socket, all);
      const exchange = { request, response };
      all.add(exchange);
      response.once("close", () => all.delete(exchange));
    },
    broke(error, stream) {
      const mayBeTold = [...(underWay.get(stream) ?? [])].every(isItself);
      if (mayBeTold && stream.writable) stream.write(saying(Reflect.get(error, "code")));
      stream.destroy(error);
    },
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Of which the broken bytes are a part: it has not come whole, so that nothing of it ran. */
function isItself({ request, response }: Exchange): boolean {
  return !request.complete && !response.headersSent;
}

/** As Node's own server says it. */
function saying(code: unknown): string {
  const line = typeof code === "string" ? lines[code] : undefined;
  return `HTTP/1.1 ${line ?? "400 Bad Request"}\r\nConnection: close\r\n\r\n`;
}

const lines: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};
