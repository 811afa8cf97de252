/** Bytes of answers for tests: made, cut, and read by this codec and by Node's own. */
import { request } from "node:http";
import { Duplex } from "node:stream";
import * as fc from "fast-check";
import { ResponseReader } from "./response-reader.ts";

export interface ReadAnswer {
  readonly status: number;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
  readonly isWhole: boolean;
}

export interface ReadAll {
  readonly answers: readonly ReadAnswer[];
  /** Null where nothing was wrong. */
  readonly error: unknown;
}

export const headBytesMax = 16 * 1024;

/** Each answer is to a request of this method; `ends`: the connection does, behind the last piece. */
export function readOwn(
  pieces: readonly Buffer[],
  { method = "POST", ends = true }: { readonly method?: string; readonly ends?: boolean } = {},
): ReadAll {
  const answers: ReadAnswer[] = [];
  const reader = new ResponseReader(headBytesMax);
  let chunks: Buffer[] = [];
  const withLast = (change: (last: ReadAnswer) => ReadAnswer) => {
    const last = answers.pop();
    if (last === undefined) throw new TypeError("no head came");
    answers.push(change(last));
  };
  const sink = {
    onHead: ({
      status,
      fields,
    }: Parameters<Parameters<ResponseReader["read"]>[1]["onHead"]>[0]) => {
      chunks = [];
      const pairs = fields.map(({ name, value }) => [name, value] as const);
      answers.push({ status, fields: pairs, body: "", isWhole: false });
    },
    onBody: (bytes: Buffer) => {
      chunks.push(Buffer.from(bytes));
      withLast((last) => ({ ...last, body: Buffer.concat(chunks).toString("latin1") }));
    },
    onEnd: () => withLast((last) => ({ ...last, isWhole: true })),
  };
  reader.expect(method);
  try {
    for (const piece of pieces) reader.read(piece, sink);
    if (ends) reader.end(sink);
    return { answers, error: null };
  } catch (error) {
    return { answers, error };
  }
}

/** What Node's own client makes of them; null where it refuses them. */
export function readByNode(bytes: Buffer, method = "POST"): Promise<ReadAnswer | null> {
  return new Promise((resolve) => {
    const stream = new Duplex({
      read() {},
      write: (_chunk, _encoding, done) => done(),
    });
    const asked = request({ method, createConnection: () => stream, host: "server.example" });
    asked.on("error", () => resolve(null));
    asked.on("response", (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", () => resolve(null));
      answer.on("close", () => {
        if (!answer.complete) return resolve(null);
        const { rawHeaders, statusCode: status = 0 } = answer;
        const fields = rawHeaders.flatMap((name, at) =>
          at % 2 === 0 ? [[name.toLowerCase(), rawHeaders[at + 1] ?? ""] as const] : [],
        );
        resolve({ status, fields, body: Buffer.concat(chunks).toString("latin1"), isWhole: true });
      });
    });
    asked.end();
    stream.push(bytes);
    stream.push(null);
  });
}

const reasons = fc.constantFrom(" OK", " ", "", " Not quite \xe9");
const values = fc.stringMatching(/^[ -~]{0,12}$/);
const otherFields = fc.array(
  fc.tuple(fc.constantFrom("Content-Type", "X-A", "date", "Via", "mcp-session-id"), values),
  { maxLength: 6 },
);
const bodies = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
const extensions = fc.constantFrom("", ";a", ";a=b", ';a="b c"');
const trailers = fc.constantFrom("", "X-Sum: 1\r\n", "X-Sum: 1\r\nX-Other:\r\n");
const interims = fc.constantFrom(
  "",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
);

function chunked(body: Buffer, at: number, extension: string, trailer: string): Buffer {
  const parts = [body.subarray(0, at), body.subarray(at)].filter(({ length }) => length > 0);
  return Buffer.concat([
    ...parts.flatMap((part) => [
      Buffer.from(`${part.length.toString(16).toUpperCase()}${extension}\r\n`),
      part,
      Buffer.from("\r\n"),
    ]),
    Buffer.from(`0${extension}\r\n${trailer}\r\n`),
  ]);
}

/** Valid ones, in all the ways in which a body is framed. */
export const validAnswers: fc.Arbitrary<Buffer> = fc
  .record({
    interim: interims,
    status: fc.constantFrom(200, 202, 204, 304, 400, 404, 500),
    reason: reasons,
    fields: otherFields,
    body: bodies,
    framing: fc.constantFrom("length", "chunked", "end"),
    cut: fc.nat(200),
    extension: extensions,
    trailer: trailers,
  })
  .map(({ interim, status, reason, fields, body, framing, cut, extension, trailer }) => {
    const isBare = status === 204 || status === 304;
    const lines = fields.map(([name, value]) => `${name}:${value}\r\n`).join("");
    const head = (framed: string) =>
      Buffer.from(`${interim}HTTP/1.1 ${status}${reason}\r\n${lines}${framed}\r\n`, "latin1");
    if (isBare) return head("");
    switch (framing) {
      case "length":
        return Buffer.concat([head(`Content-Length: ${body.length}\r\n`), body]);
      case "chunked": {
        const at = Math.min(cut, body.length);
        const framed = head("Transfer-Encoding: chunked\r\n");
        return Buffer.concat([framed, chunked(body, at, extension, trailer)]);
      }
      default:
        return Buffer.concat([head(""), body]);
    }
  });

/** The same bytes in pieces of any lengths. */
export const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 });

export function piecesOf(bytes: Buffer, lengths: readonly number[]): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
}
