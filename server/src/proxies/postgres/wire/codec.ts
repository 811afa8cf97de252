/**
 * The vocabulary of PostgreSQL's wire protocol 3: message types and the bounds of this gateway, as tables.
 *
 * The codec is pure: bytes in, messages out, no sockets, no clock. `codec-startup.ts` reads the first
 * packet, `frame-splitter.ts` splits a stream into frames, and four files of one shape decode and encode single messages:
 * `decode-frontend.ts`, `encode-frontend.ts`, `decode-backend.ts`, `encode-backend.ts`. Whatever the bytes, a decoder either consumes a message exactly or throws a
 * `GatewayError`; it never guesses. Decoded views share memory with the frame that they came from. The
 * codec must not know sessions, policies or SQL.
 *
 * Source: PostgreSQL documentation, chapter "Frontend/Backend Protocol" (message formats).
 */

/** Type and length, before the payload of every message but those of the start-up phase. */
export const headerBytes = 5;

/** The limit for messages that must be complete before a decision. */
export const messageBytesMaxDefault = 16 * 1024 * 1024;
/** The server's own limits for the first packet, for messages without bulk, and for sign-in answers. */
export const startupBytesMax = 10_000;
const shortMessageBytesMax = 10_000;
const signInBytesMax = 65_535;

/** What a client sends after the start-up packet. `signIn` is a password or a SASL answer, as asked. */
export const frontend = {
  bind: 0x42,
  close: 0x43,
  copyData: 0x64,
  copyDone: 0x63,
  copyFail: 0x66,
  describe: 0x44,
  execute: 0x45,
  flush: 0x48,
  functionCall: 0x46,
  parse: 0x50,
  query: 0x51,
  signIn: 0x70,
  sync: 0x53,
  terminate: 0x58,
} as const;

/** What a server sends. */
export const backend = {
  authentication: 0x52,
  backendKeyData: 0x4b,
  bindComplete: 0x32,
  closeComplete: 0x33,
  commandComplete: 0x43,
  copyBothResponse: 0x57,
  copyData: 0x64,
  copyDone: 0x63,
  copyInResponse: 0x47,
  copyOutResponse: 0x48,
  dataRow: 0x44,
  emptyQueryResponse: 0x49,
  errorResponse: 0x45,
  functionCallResponse: 0x56,
  negotiateProtocolVersion: 0x76,
  noData: 0x6e,
  noticeResponse: 0x4e,
  notificationResponse: 0x41,
  parameterDescription: 0x74,
  parameterStatus: 0x53,
  parseComplete: 0x31,
  portalSuspended: 0x73,
  readyForQuery: 0x5a,
  rowDescription: 0x54,
} as const;

export type Direction = "frontend" | "backend";

/** The message types of each direction whose length is bounded more tightly than `messageBytesMax`. */
export const tightBounds: Readonly<Record<Direction, readonly (readonly [number, number])[]>> = {
  frontend: [
    [frontend.close, shortMessageBytesMax],
    [frontend.copyDone, shortMessageBytesMax],
    [frontend.copyFail, shortMessageBytesMax],
    [frontend.describe, shortMessageBytesMax],
    [frontend.execute, shortMessageBytesMax],
    [frontend.flush, shortMessageBytesMax],
    [frontend.signIn, signInBytesMax],
    [frontend.sync, shortMessageBytesMax],
    [frontend.terminate, shortMessageBytesMax],
  ],
  backend: [],
};

/** The fields of ErrorResponse and NoticeResponse, in the order in which a server sends them. */
export const errorFields = [
  ["severityText", 0x53],
  ["severity", 0x56],
  ["code", 0x43],
  ["message", 0x4d],
  ["detail", 0x44],
  ["hint", 0x48],
  ["position", 0x50],
  ["internalPosition", 0x70],
  ["internalQuery", 0x71],
  ["where", 0x57],
  ["schema", 0x73],
  ["table", 0x74],
  ["column", 0x63],
  ["dataType", 0x64],
  ["constraint", 0x6e],
  ["file", 0x46],
  ["line", 0x4c],
  ["routine", 0x52],
] as const;

export type ErrorFieldName = (typeof errorFields)[number][0];

/** 0 is text, 1 is binary. */
export type Format = 0 | 1;

/** A length or count as the protocol carries it: four bytes, signed. */
export const int32Max = 0x7fffffff;
