/** The long run against the API's listener. */

import {
  encodeRequest,
  type Framing,
  foreignOpenings,
  hostileBodies,
  hostileHeaders,
  hostileLines,
  type RawRequest,
  type Secrets,
  soundRequests,
} from "./fuzz-http-requests.ts";
import { openHttpTarget } from "./fuzz-http-target.ts";
import type { Random } from "./fuzz-random.ts";

export interface HttpFigures {
  readonly requests: number;
  readonly connections: number;
  /** Answers by status. */
  readonly answers: Readonly<Record<string, number>>;
  readonly violations: readonly string[];
}

const clients = 24;
const roundConnections = 200;
const framings: readonly Framing[] = [
  "length",
  "length",
  "chunked",
  "wrong length",
  "broken chunks",
  "both",
];

export async function runHttpFuzz(
  requestsMin: number,
  random: Random,
  onRound: (requests: number) => void,
): Promise<HttpFigures> {
  const target = await openHttpTarget();
  const answers = new Map<number, number>();
  const violations: string[] = [];
  let requests = 0;
  let connections = 0;
  const attack = async () => {
    const made = makeConnection(target.secrets, random);
    const places = Array.from({ length: random.below(6) }, () =>
      random.below(made.bytes.length + 1),
    ).toSorted((a, b) => a - b);
    const pieces = [...places, made.bytes.length].map((end, index) =>
      made.bytes.subarray(places[index - 1] ?? 0, end),
    );
    const end = random.below(8) === 0 ? "destroy" : random.below(8) === 0 ? "reset" : "end";
    const { problems, statuses } = await target.attack(pieces, end);
    requests += made.requests;
    connections += 1;
    for (const status of statuses) answers.set(status, (answers.get(status) ?? 0) + 1);
    violations.push(
      ...problems.map((each) => `${each}\n  on ${made.bytes.subarray(0, 3000).toString("base64")}`),
    );
  };
  const isDone = () => requests >= requestsMin || violations.length > 0;
  try {
    while (!isDone()) {
      let left = roundConnections;
      const work = async () => {
        while ((left -= 1) >= 0) await attack();
      };
      await Promise.all(Array.from({ length: clients }, work));
      onRound(requests);
    }
  } finally {
    await target.close();
  }
  return { requests, connections, answers: Object.fromEntries(answers), violations };
}

/** One to six requests in a row, some of them wrong, some bytes of them flipped. */
export function makeConnection(
  secrets: Secrets,
  random: Random,
): { readonly bytes: Buffer; readonly requests: number } {
  const pick = <Item>(items: readonly Item[]): Item => items[random.below(items.length)] as Item;
  const sound = soundRequests(secrets);
  if (random.below(20) === 0) return { bytes: pick(foreignOpenings), requests: 1 };
  const count = 1 + random.below(6);
  const encoded = Array.from({ length: count }, () => {
    let request: RawRequest = pick(sound);
    if (random.below(8) === 0) request = { ...request, line: pick(hostileLines) };
    if (random.below(5) === 0) request = { ...request, body: pick(hostileBodies) };
    for (let more = random.below(3); more > 0 && random.below(2) === 0; more -= 1) {
      const at = random.below(request.headers.length + 1);
      const removed = random.below(2);
      const headers = request.headers.toSpliced(at, removed, pick(hostileHeaders));
      request = { ...request, headers };
    }
    return encodeRequest(request, random.below(6) === 0 ? pick(framings) : "length");
  });
  const bytes = Buffer.concat(encoded);
  for (let flips = random.below(5) === 0 ? random.below(6) : 0; flips > 0; flips -= 1) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  const cut = random.below(8) === 0 ? random.below(bytes.length) : bytes.length;
  return { bytes: bytes.subarray(0, cut), requests: count };
}
