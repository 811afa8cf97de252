import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { GatewayError } from "#/core/errors.ts";
import {
  encodeCancelRequest,
  encodeStartupMessage,
  gssRequestPacket,
  negotiateProtocolVersion,
  parseStartup,
  type StartupMessage,
  sslRequestPacket,
} from "./codec-startup.ts";
import { decodeBackend } from "./decode-backend.ts";
import { frameOf } from "./frame.ts";
import { failsWith } from "./messages.test-support.ts";

const version30 = 0x0003_0000;

/** A packet whose length is right, whatever it holds. */
function packet(version: number, rest: string | Buffer = ""): Buffer {
  const body = Buffer.from(rest);
  const bytes = Buffer.alloc(8 + body.length);
  bytes.writeInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(version, 4);
  bytes.set(body, 8);
  return bytes;
}

function startupOf(bytes: Buffer): StartupMessage {
  const read = parseStartup(bytes);
  assert.ok(read?.packet.kind === "startup");
  return read.packet;
}

const text = fc
  .string({ unit: "grapheme", maxLength: 12 })
  .filter((value) => !value.includes("\0"));
const parameters = fc
  .uniqueArray(
    fc.tuple(
      text.filter((name) => name !== "" && name !== "user" && !name.startsWith("_pq_.")),
      text,
    ),
    { selector: ([name]) => name, maxLength: 6 },
  )
  .map((pairs): [string, string][] => [["user", "agent"], ...pairs]);

test("what a client states about itself arrives as it was sent", () => {
  fc.assert(
    fc.property(parameters, fc.constantFrom<0 | 2>(0, 2), (pairs, minor) => {
      const bytes = encodeStartupMessage(pairs, minor);
      const behind = Buffer.from("behind");
      assert.deepEqual(parseStartup(Buffer.concat([bytes, behind])), {
        packet: {
          kind: "startup",
          minor,
          requestedMinor: minor,
          parameters: new Map(pairs),
          unknownOptions: [],
        },
        bytesUsed: bytes.length,
      });
    }),
  );
});

test("a packet is not judged before it is complete, nor does it ever become complete by being cut", () => {
  fc.assert(
    fc.property(parameters, fc.nat(), (pairs, at) => {
      const bytes = encodeStartupMessage(pairs);
      assert.equal(parseStartup(bytes.subarray(0, at % bytes.length)), undefined);
    }),
  );
});

test("requests for encryption are told apart, and what comes behind them is left alone", () => {
  const cases = [
    [sslRequestPacket, "ssl_request"],
    [gssRequestPacket, "gss_request"],
  ] as const;
  for (const [bytes, kind] of cases) {
    const read = parseStartup(Buffer.concat([bytes, Buffer.from("cleartext")]));
    assert.deepEqual(read, { packet: { kind }, bytesUsed: 8 });
  }
  assert.equal(sslRequestPacket.toString("hex"), "0000000804d2162f");
  assert.equal(gssRequestPacket.toString("hex"), "0000000804d21630");
});

test("a cancel request carries a key of 4 to 256 bytes", () => {
  for (const length of [4, 32, 256]) {
    const secret = Buffer.alloc(length, 7);
    const read = parseStartup(encodeCancelRequest({ processId: 0xfedc_ba98, secret }));
    assert.deepEqual(read?.packet, { kind: "cancel", processId: 0xfedc_ba98, secret });
  }
  for (const length of [0, 3, 257]) {
    const bytes = encodeCancelRequest({ processId: 1, secret: Buffer.alloc(length) });
    assert.throws(() => parseStartup(bytes), failsWith("postgres.malformed_startup"));
  }
});

test("a malformed first packet is refused", () => {
  const cases: Record<string, Buffer> = {
    "a length below the least": Buffer.from("00000007", "hex"),
    "a negative length": Buffer.from("ffffffff", "hex"),
    "a length over the bound": Buffer.from("00002711", "hex"),
    "a TLS record": Buffer.from("16030100", "hex"),
    "an HTTP request": Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    "no terminator": packet(version30, "user\0agent\0"),
    "a name without a value": packet(version30, "user\0agent\0database\0"),
    "an unterminated value": packet(version30, "user\0agent"),
    "bytes behind the terminator": packet(version30, "user\0agent\0\0x"),
    "an interior NUL": packet(version30, "user\0ag\0ent\0\0"),
    "no user": packet(version30, "database\0shop\0\0"),
    "an empty user": packet(version30, "user\0\0\0"),
    "nothing at all": packet(version30),
    "a parameter given twice": packet(version30, "user\0agent\0user\0admin\0\0"),
    "an option given twice": packet(version30, "user\0agent\0_pq_.a\0\0_pq_.a\0\0\0"),
    "invalid UTF-8": packet(version30, Buffer.from("7573657200ff0000", "hex")),
    "an SSLRequest with a payload": packet(80877103, "x"),
    "a cancel request without a process": packet(80877102, "abc"),
  };
  for (const [what, bytes] of Object.entries(cases)) {
    assert.throws(() => parseStartup(bytes), failsWith("postgres.malformed_startup"), what);
  }
});

test("the bound is the server's own", () => {
  const value = "x".repeat(10_000 - 8 - "user\0a\0options\0\0\0".length);
  const bytes = packet(version30, `user\0a\0options\0${value}\0\0`);
  assert.equal(bytes.length, 10_000);
  assert.equal(startupOf(bytes).parameters.get("options"), value);
});

test("only protocol 3 is spoken", () => {
  for (const version of [0x0002_0000, 0x0004_0000, 0, 80877105, 0xffff_ffff]) {
    assert.throws(
      () => parseStartup(packet(version, "user\0a\0\0")),
      failsWith("postgres.unsupported_protocol"),
    );
  }
});

test("newer minor versions and unknown options are negotiated down, never ignored", () => {
  const cases = [
    { asked: 0, options: [], minor: 0, answer: undefined },
    { asked: 2, options: [], minor: 2, answer: undefined },
    { asked: 1, options: [], minor: 0, answer: { minor: 0, unknownOptions: [] } },
    { asked: 3, options: [], minor: 2, answer: { minor: 2, unknownOptions: [] } },
    { asked: 9999, options: [], minor: 2, answer: { minor: 2, unknownOptions: [] } },
    { asked: 0, options: ["_pq_.x"], minor: 0, answer: { minor: 0, unknownOptions: ["_pq_.x"] } },
  ];
  for (const { asked, options, minor, answer } of cases) {
    const given = options.map((name) => `${name}\0yes\0`).join("");
    const startup = startupOf(packet(version30 + asked, `user\0a\0${given}\0`));
    assert.equal(startup.minor, minor);
    assert.deepEqual([...startup.parameters.keys()], ["user"]);
    const bytes = negotiateProtocolVersion(startup);
    const message = bytes === undefined ? undefined : decodeBackend(frameOf(bytes));
    assert.deepEqual(message, answer && { kind: "negotiate_protocol_version", ...answer });
  }
});

test("the negotiation states the whole version, as servers do and libpq compares", () => {
  const bytes = negotiateProtocolVersion(startupOf(packet(version30 + 9999, "user\0a\0\0")));
  assert.equal(bytes?.toString("hex"), "760000000c0003000200000000");
});

test("garbage never throws anything but an expected error", () => {
  const noise = fc.uint8Array({ maxLength: 60 });
  fc.assert(
    fc.property(
      fc.constantFrom(version30, 80877102, 80877103),
      noise,
      fc.boolean(),
      (version, body, raw) => {
        const bytes = raw ? Buffer.from(body) : packet(version, Buffer.from(body));
        try {
          parseStartup(bytes);
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
        }
      },
    ),
    { numRuns: 500 },
  );
});
