/** A short, seeded fuzz of the API's listener: bytes that are almost requests. The long one is `npm run fuzz`. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import {
  encodeRequest,
  foreignOpenings,
  hostileBodies,
  hostileHeaders,
  hostileLines,
  soundRequests,
} from "./support/fuzz-http-requests.ts";
import { makeConnection } from "./support/fuzz-http-run.ts";
import {
  type HttpTarget,
  longPatienceMs,
  openHttpTarget,
  parseResponses,
} from "./support/fuzz-http-target.ts";
import { seeded } from "./support/fuzz-random.ts";

const seed = 20_261;
/** Connections, of some four requests each. */
const numRuns = 250;
const clients = 10;

let target: HttpTarget;
before(async () => {
  target = await openHttpTarget();
});
after(() => target.close());

/** One request, alone on its connection; the test's own farewell behind it is not counted. */
async function statusOf(bytes: Buffer, patienceMs?: number): Promise<number | undefined> {
  const { problems, statuses } = await target.attack([bytes], "end", patienceMs);
  assert.deepEqual(problems, [], bytes.toString("latin1").slice(0, 500));
  return statuses[0];
}

async function assertServes(): Promise<void> {
  const { status } = await target.api.request("GET", "/status", { token: target.secrets.person });
  assert.equal(status, 200);
}

test("whatever bytes arrive, every answer is HTTP, and every failure of the API a problem document", async () => {
  const connection = fc.record({
    seeds: fc.array(fc.nat(2 ** 31), { minLength: clients, maxLength: clients }),
    end: fc.constantFrom("end", "end", "end", "destroy", "reset"),
    places: fc.array(fc.nat(2 ** 24), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(connection, async ({ seeds, end, places }) => {
      const outcomes = await Promise.all(
        seeds.map((each) => {
          const { bytes } = makeConnection(target.secrets, seeded(each));
          const ends = places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b);
          const pieces = [...ends, bytes.length].map((stop, index) =>
            bytes.subarray(ends[index - 1] ?? 0, stop),
          );
          return target.attack(pieces, end);
        }),
      );
      assert.deepEqual(
        outcomes.flatMap(({ problems }) => problems),
        [],
      );
    }),
    { numRuns: numRuns / clients, seed, endOnFailure: true },
  );
  await assertServes();
});

test("sound requests get through, so that the fuzz has something to break", async () => {
  const sound = soundRequests(target.secrets).map((each) => encodeRequest(each, "length"));
  const { problems, statuses } = await target.attack(sound, "end", longPatienceMs);
  assert.deepEqual(problems, []);
  assert.ok(statuses.filter((status) => status === 200).length >= 6, statuses.join(" "));
  assert.equal(statuses.length, sound.length + 1);
});

test("each hostile line, header, body and opening is answered or hung up on", async () => {
  const post = soundRequests(target.secrets).find(({ line }) => line.includes("/verdicts"));
  assert(post !== undefined);
  await Promise.all([
    ...hostileLines.map((line) => statusOf(encodeRequest({ ...post, line }, "length"))),
    ...hostileHeaders.map((header) =>
      statusOf(encodeRequest({ ...post, headers: [...post.headers, header] }, "length")),
    ),
    ...hostileBodies.map((body) => statusOf(encodeRequest({ ...post, body }, "chunked"))),
    ...foreignOpenings.map((bytes) => statusOf(bytes)),
  ]);
  await assertServes();
});

const secondRequest = "GET /api/v1/status HTTP/1.1\r\nHost: localhost\r\n\r\n";
const smuggled: readonly (readonly [string, readonly string[]])[] = [
  [
    "a length and chunks",
    [`Content-Length: ${secondRequest.length}`, "Transfer-Encoding: chunked"],
  ],
  ["two lengths", [`Content-Length: ${secondRequest.length}`, "Content-Length: 0"]],
  ["a length that is no number", ["Content-Length: 0x10"]],
  ["a negative length", ["Content-Length: -1"]],
  ["a coding before chunked that hides it", ["Transfer-Encoding: chunked, identity"]],
  ["a space before the colon", ["Transfer-Encoding : chunked"]],
  ["a folded header", ["Transfer-Encoding:", " chunked"]],
];
for (const [what, headers] of smuggled) {
  test(`a request with ${what} is refused, and nothing behind it is taken for a request`, async () => {
    const head = ["POST /api/v1/sign-in HTTP/1.1", "Host: localhost", ...headers, "", ""];
    const bytes = Buffer.from(head.join("\r\n") + secondRequest);
    const { problems, statuses } = await target.attack([bytes], "end", longPatienceMs);
    assert.deepEqual(problems, []);
    assert.deepEqual(statuses, [400]);
  });
}

test("a GET with a body is the request's fault, not the gateway's", async () => {
  const { line, headers } = soundRequests(target.secrets)[0] ?? { line: "", headers: [] };
  const json = [...headers, "Content-Type: application/json"];
  for (const framing of ["length", "chunked"] as const) {
    const body = Buffer.from("{}");
    const bytes = encodeRequest({ line, headers: json, body }, framing);
    assert.equal(await statusOf(bytes, longPatienceMs), 400);
  }
});

test("a type that is not JSON's is the request's fault too where there is no body", async () => {
  const { headers } = soundRequests(target.secrets)[0] ?? { headers: [] };
  const request = {
    line: "POST /api/v1/sign-in HTTP/1.1",
    headers: [...headers, "Content-Type: text/plain", "Content-Length: 0"],
    body: null,
  };
  assert.equal(await statusOf(encodeRequest(request, "length"), longPatienceMs), 415);
});

test("a body that is cut off is not logged as a failure of the gateway", async () => {
  const request = soundRequests(target.secrets).find(({ line }) => line.includes("/sign-in"));
  assert(request !== undefined);
  const bytes = encodeRequest(request, "wrong length");
  for (const end of ["end", "destroy", "reset"] as const) {
    assert.deepEqual((await target.attack([bytes], end)).problems, []);
  }
  assert.equal(target.api.lines.filter((line) => line.includes("api.failed")).length, 0);
});

test("a client that asks before it sends its body is told 417, never in the middle of another answer", async () => {
  const [request] = soundRequests(target.secrets);
  assert(request !== undefined);
  const asking = { ...request, headers: [...request.headers, "Expect: 100-continue"] };
  const bytes = [request, asking].map((each) => encodeRequest(each, "length"));
  const { problems, statuses } = await target.attack([Buffer.concat(bytes)], "end", longPatienceMs);
  assert.deepEqual([problems, statuses], [[], [200, 417]]);
});

test("the checker finds what is no answer", () => {
  for (const [received, problem] of [
    ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc", /cut off/],
    ["HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nabHTTP", /no HTTP: "bHTTP/],
    ["HTTP/1.1 200 OK\r\nno header\r\n\r\n", /no header/],
    ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc", /cut off/],
    ["\0", /no HTTP/],
  ] as const) {
    assert.match(parseResponses(received).problem ?? "", problem);
  }
  const two = "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na";
  assert.equal(parseResponses(two).responses.length, 2);
});
