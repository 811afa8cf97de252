/**
 * The first packet of a connection, which is the only thing that anyone at all may send: everything in it
 * is bounded and checked before it is used.
 *
 * After an SSLRequest that is answered with `S`, bytes that came behind it were sent in the clear; the
 * caller must refuse them (CVE-2021-23214), which is why `bytesUsed` is returned.
 */
import { GatewayError } from "#/core/errors.ts";
import { ByteReader } from "./byte-reader.ts";
import { ByteWriter, textBytes } from "./byte-writer.ts";
import { backend, startupBytesMax } from "./codec.ts";

/** Minor versions of protocol 3 that are spoken; 3.1 was reserved and never used. */
export type ProtocolMinor = 0 | 2;

export interface StartupMessage {
  readonly kind: "startup";
  /** What both sides speak from here. */
  readonly minor: ProtocolMinor;
  readonly requestedMinor: number;
  /** Without protocol options. `user` is there and not empty. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Names that begin with `_pq_.`; none is known. */
  readonly unknownOptions: readonly string[];
}

export interface CancelRequest {
  readonly kind: "cancel";
  readonly processId: number;
  readonly secret: Buffer;
}

export type StartupPacket =
  | StartupMessage
  | CancelRequest
  | { readonly kind: "ssl_request" }
  | { readonly kind: "gss_request" };

export interface StartupRead {
  readonly packet: StartupPacket;
  readonly bytesUsed: number;
}

/** Reads the first packet from what has arrived; undefined while it is incomplete. */
export function parseStartup(bytes: Buffer): StartupRead | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes.readInt32BE(0);
  if (length < 8 || length > startupBytesMax) {
    throw new GatewayError(
      "postgres.malformed_startup",
      "The start-up packet has no valid length.",
    );
  }
  if (bytes.length < length) return undefined;
  const reader = new ByteReader(bytes, 4, length, "postgres.malformed_startup");
  const packet = parsePacket(reader, reader.uint32());
  reader.done();
  return { packet, bytesUsed: length };
}

/**
 * The answer to a client that asks for a newer minor version or for options that are not known; undefined
 * if there is nothing to negotiate. It goes out before any authentication request.
 */
export function negotiateProtocolVersion(startup: StartupMessage): Buffer | undefined {
  if (startup.minor === startup.requestedMinor && startup.unknownOptions.length === 0) {
    return undefined;
  }
  return encodeNegotiateProtocolVersion(startup.minor, startup.unknownOptions);
}

export function encodeNegotiateProtocolVersion(
  minor: ProtocolMinor,
  unknownOptions: readonly string[],
): Buffer {
  const size = unknownOptions.reduce((sum, name) => sum + textBytes(name), 8);
  const writer = ByteWriter.message(backend.negotiateProtocolVersion, size);
  // Servers send the whole version here, and libpq compares it as such.
  writer.uint32(protocol3 + minor).int32(unknownOptions.length);
  for (const name of unknownOptions) writer.text(name);
  return writer.finish();
}

export function encodeStartupMessage(
  parameters: Iterable<readonly [string, string]>,
  minor: ProtocolMinor = 0,
): Buffer {
  const pairs = [...parameters];
  const size = pairs.reduce((sum, [name, value]) => sum + textBytes(name) + textBytes(value), 5);
  const writer = ByteWriter.untyped(size).uint32(protocol3 + minor);
  for (const [name, value] of pairs) writer.text(name).text(value);
  return writer.byte(0).finish();
}

export function encodeCancelRequest({ processId, secret }: Omit<CancelRequest, "kind">): Buffer {
  return ByteWriter.untyped(8 + secret.length)
    .uint32(requestCodes.cancel)
    .uint32(processId)
    .bytes(secret)
    .finish();
}

/** What requests put where a start-up message has its version. */
const requestCodes = { cancel: 80877102, ssl: 80877103, gss: 80877104 } as const;

/** Built once. Nobody may write into them. */
export const sslRequestPacket: Buffer = encodeRequest("ssl");
export const gssRequestPacket: Buffer = encodeRequest("gss");

const protocol3 = 3 << 16;
const minorNewest: ProtocolMinor = 2;
const protocolOptionPrefix = "_pq_.";
const secretBytesMin = 4;
const secretBytesMax = 256;

function encodeRequest(name: "ssl" | "gss"): Buffer {
  return ByteWriter.untyped(4).uint32(requestCodes[name]).finish();
}

function parsePacket(reader: ByteReader, version: number): StartupPacket {
  switch (version) {
    case requestCodes.ssl:
      return { kind: "ssl_request" };
    case requestCodes.gss:
      return { kind: "gss_request" };
    case requestCodes.cancel:
      return parseCancel(reader);
    default:
      return parseStartupMessage(reader, version);
  }
}

function parseCancel(reader: ByteReader): CancelRequest {
  const processId = reader.uint32();
  const secret = reader.rest();
  if (secret.length < secretBytesMin || secret.length > secretBytesMax) {
    reader.fail("the cancel key has no valid length");
  }
  return { kind: "cancel", processId, secret };
}

function parseStartupMessage(reader: ByteReader, version: number): StartupMessage {
  const major = version >>> 16;
  const requestedMinor = version & 0xffff;
  if (major !== 3) {
    throw new GatewayError(
      "postgres.unsupported_protocol",
      `Protocol version ${major}.${requestedMinor} is not supported; version 3 is.`,
    );
  }
  const parameters = new Map<string, string>();
  const unknownOptions: string[] = [];
  const names = new Set<string>();
  for (let name = reader.text(); name !== ""; name = reader.text()) {
    const value = reader.text();
    if (names.has(name)) reader.fail("a parameter is given twice");
    names.add(name);
    if (name.startsWith(protocolOptionPrefix)) unknownOptions.push(name);
    else parameters.set(name, value);
  }
  if ((parameters.get("user") ?? "") === "") reader.fail("it names no user");
  const minor = requestedMinor >= minorNewest ? minorNewest : 0;
  return { kind: "startup", minor, requestedMinor, parameters, unknownOptions };
}
