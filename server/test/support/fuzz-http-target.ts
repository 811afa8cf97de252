/**
 * The API's listener under fire: bytes go in, and what comes out has to be HTTP, with a problem document for
 * every failure under the API's path, or a closed connection. Never a stack, a path of the machine, a secret.
 */
import { once } from "node:events";
import { connect } from "node:net";
import { startTestApi, type TestApi } from "./api.ts";
import type { Secrets } from "./fuzz-http-requests.ts";

export interface HttpTarget {
  readonly api: TestApi;
  readonly secrets: Secrets;
  /** What is wrong with what came back; empty if all is well. */
  attack(
    pieces: readonly Buffer[],
    end: "end" | "destroy" | "reset",
    patienceMs?: number,
  ): Promise<Outcome>;
  close(): Promise<void>;
}

export interface Outcome {
  readonly problems: readonly string[];
  readonly statuses: readonly number[];
}

const stuckMs = 120_000;

export async function openHttpTarget(): Promise<HttpTarget> {
  const api = await startTestApi();
  const [person, agent, { id, digest }] = await Promise.all([
    api.signIn("dana"),
    api.agentToken("importer"),
    api.hold(),
  ]);
  const port = Number(new URL(api.url).port);
  const secrets = { person, agent, review: id, digest };
  let failures = 0;
  return {
    api,
    secrets,
    async attack(pieces, end, patienceMs = shortPatienceMs) {
      const socket = connect({ host: "127.0.0.1", port, noDelay: true });
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      socket.on("error", () => socket.destroy());
      for (const piece of pieces) {
        if (socket.destroyed) break;
        socket.write(piece);
        if (piece.length % 3 === 0) await new Promise(setImmediate);
      }
      if (end === "end") leave(socket, patienceMs);
      else if (end === "destroy") socket.destroy();
      else socket.resetAndDestroy();
      const closed = await closes(socket);
      const received = Buffer.concat(chunks).toString("latin1");
      const { responses, problem } = parseResponses(received);
      const unexpected = api.lines.slice(failures).filter((line) => line.includes("api.failed"));
      failures = api.lines.length;
      return {
        statuses: responses.map(({ status }) => status),
        problems: [
          ...(closed ? [] : ["the connection is not closed"]),
          // What the test itself has cut off may end anywhere.
          ...(problem === null || end !== "end" ? [] : [problem]),
          ...responses.flatMap(problemsOf),
          ...unexpected,
        ],
      };
    },
    close: () => api.close(),
  };
}

/**
 * Behind all comes a request after which the server hangs up. Where it is taken for a part of something that is
 * wrong, it waits for more; then the client goes first, and loses what was still to come.
 */
function leave(socket: ReturnType<typeof connect>, patienceMs: number): void {
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const timer = setTimeout(() => socket.end(), patienceMs);
  socket.once("close", () => clearTimeout(timer));
}

const shortPatienceMs = 150;
/** Where every answer counts, on a machine that is busy. */
export const longPatienceMs = 20_000;

async function closes(socket: ReturnType<typeof connect>): Promise<boolean> {
  if (socket.closed) return true;
  const timer = setTimeout(() => socket.destroy(new Error(tooLate)), stuckMs);
  let late = false;
  socket.once("error", ({ message }) => {
    late = message === tooLate;
  });
  await once(socket, "close").catch(() => {});
  clearTimeout(timer);
  return !late;
}

const tooLate = "no end came";

export interface ParsedResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Strictly as RFC 9112 has it; nothing may be left over. */
export function parseResponses(received: string): {
  readonly responses: readonly ParsedResponse[];
  readonly problem: string | null;
} {
  const responses: ParsedResponse[] = [];
  let rest = received;
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    const [line = "", ...fields] = rest.slice(0, Math.max(0, end)).split("\r\n");
    const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) [\w '-]*$/.exec(line)?.[1]);
    if (end === -1 || Number.isNaN(status)) {
      return { responses, problem: `no HTTP: ${JSON.stringify(rest.slice(0, 200))}` };
    }
    const headers = new Map<string, string>();
    for (const field of fields) {
      const [, name, value] = /^([\w-]+): ?([\t\x20-\x7e]*)$/.exec(field) ?? [];
      if (name === undefined || value === undefined) {
        return { responses, problem: `no header: ${JSON.stringify(field)}` };
      }
      headers.set(name.toLowerCase(), value);
    }
    const message = readBody(rest.slice(end + 4), status, headers);
    if (message === null) return { responses, problem: `a body is cut off after ${line}` };
    responses.push({ status, headers, body: message.body });
    rest = message.rest;
  }
  return { responses, problem: null };
}

function readBody(
  bytes: string,
  status: number,
  headers: ReadonlyMap<string, string>,
): { readonly body: string; readonly rest: string } | null {
  if (status < 200 || status === 204 || status === 304) return { body: "", rest: bytes };
  if (headers.get("transfer-encoding") === "chunked") return readChunks(bytes);
  const length = headers.get("content-length");
  if (length === undefined) return { body: bytes, rest: "" };
  if (bytes.length < Number(length)) return null;
  return { body: bytes.slice(0, Number(length)), rest: bytes.slice(Number(length)) };
}

function readChunks(bytes: string) {
  let body = "";
  for (let at = 0; ; ) {
    const size = /^([0-9a-f]+)\r\n/.exec(bytes.slice(at, at + 20));
    if (size === null) return null;
    const start = at + size[0].length;
    const end = start + Number.parseInt(size[1] ?? "", 16);
    if (bytes.slice(end, end + 2) !== "\r\n") return null;
    if (end === start) return { body, rest: bytes.slice(end + 2) };
    body += bytes.slice(start, end);
    at = end + 2;
  }
}

function problemsOf({ status, headers, body }: ParsedResponse): readonly string[] {
  const type = headers.get("content-type");
  const leaks = /node_modules|node:internal|file:\/\/|\.ts:\d|\bat [\w.<]+ \(/.test(body);
  const found = leaks ? [`tells of the inside: ${body.slice(0, 300)}`] : [];
  // Outside of the API there are pages for people, and in these tests no console that was built.
  if (headers.get("content-type")?.startsWith("text/html") === true) return found;
  if (status >= 500) return [...found, `failed with ${status}: ${body.slice(0, 300)}`];
  // What the HTTP parser itself refuses has no body: there is no path that it could be about.
  if (status < 400 || (body === "" && [400, 408, 417, 431].includes(status))) return found;
  if (type !== "application/problem+json") return [...found, `${status} as ${type}: ${body}`];
  try {
    const problem = JSON.parse(body) as { readonly status: unknown; readonly code: unknown };
    const isSound = problem.status === status && typeof problem.code === "string";
    return isSound ? found : [...found, `no problem document: ${body}`];
  } catch {
    return [...found, `no JSON: ${body}`];
  }
}
