/**
 * Five hundred sessions that wait for people, and fifty pages that watch: rows for the page.
 *
 *   node bench/crowd.ts      prints them alone
 *
 * Real sessions of ten agents hold real upstream sessions, so that the sample database is allowed more of them.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "pg";
import { silentLog } from "../server/src/platform/log.ts";
import { encodeQuery } from "../server/src/proxies/postgres/wire/encode-frontend.ts";
import {
  type SampleDatabase,
  startSampleDatabase,
} from "../server/src/quickstart/sample-database.ts";
import { connectWire, toldBy, type WireClient } from "../server/test/support/wire-client.ts";

const agents = 10;
const sessionsPerAgent = 50;
const people = 5;
const pagesPerPerson = 10;
const rounds = 100;
const upstreamConnections = 600;

export async function measureCrowd(): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-crowd-"));
  const database = await startLargeDatabase(join(folder, "sample"));
  const gateway = await startGateway(join(folder, "data"), database);
  try {
    return await measure(gateway);
  } finally {
    await gateway.stop();
    await database.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startLargeDatabase(dir: string): Promise<SampleDatabase> {
  const first = await startSampleDatabase({ dir, log: silentLog });
  const admin = new Client({ connectionString: first.adminUrl });
  await admin.connect();
  await admin.query(`alter system set max_connections = ${upstreamConnections}`);
  await admin.end();
  await first.stop();
  return startSampleDatabase({ dir, log: silentLog });
}

async function measure(gateway: BenchGateway): Promise<readonly string[]> {
  const { call } = gateway;
  const idle = await gateway.look();
  const select = await gateway.connect("bench");
  const selectAlone = await repeated(() => select.query("select 1"));
  const waiting = new Map<string, WireClient>();
  await Promise.all(
    Array.from({ length: agents }, async (_, agent) => {
      for (let count = 0; count < sessionsPerAgent; count += 1) {
        const client = await gateway.connect(`agent${agent}`);
        waiting.set(await hold(client, 1 + agent * sessionsPerAgent + count), client);
      }
    }),
  );
  const held = await gateway.look();
  const ids = [...waiting.keys()];
  let taken = 0;
  /** Approves one, and waits until its session has run it. */
  const decide = async (): Promise<{ readonly api: number; readonly ran: number }> => {
    const id = ids[(taken += 1)] ?? "";
    const { digest } = (await call(`/reviews/${id}`)) as { readonly digest: string };
    const begun = performance.now();
    const done = waiting.get(id)?.until(({ kind }) => kind === "ready_for_query");
    await call(`/reviews/${id}/verdicts`, { verdict: "approve", digest });
    const api = performance.now() - begun;
    await done;
    return { api, ran: performance.now() - begun };
  };
  const list = await repeated(() => call("/reviews?state=pending&limit=50"));
  const whole = await repeated(() => pages(call), 20);
  const one = await repeated(() => call(`/reviews/${ids[0]}`));
  const selectBeside = await repeated(() => select.query("select 1"));
  const quiet = await decisions(decide);
  const beforePages = await gateway.look();
  const watchers = await gateway.watch();
  const watched: number[] = [];
  const crowded = await decisions(async () => {
    const told = watchers.nextChange();
    const begun = performance.now();
    const times = await decide();
    await told;
    watched.push(performance.now() - begun);
    return times;
  });
  const listWatched = await repeated(() => call("/reviews?state=pending&limit=50"));
  const after = await gateway.look();
  watchers.close();
  for (const client of waiting.values()) client.destroy();
  select.destroy();
  return [
    row("a trivial select, nothing pending", selectAlone),
    row("the same beside 500 sessions that wait", selectBeside),
    row("the inbox, 50 of 500 pending", list),
    row("all 500, three pages", whole),
    row("one review, whole", one),
    row("a verdict, until the API answers", quiet.api),
    row("a verdict, until its session has run the statement", quiet.ran),
    row("with 50 event streams: the inbox", listWatched),
    row("with 50 event streams: a verdict, until the API answers", crowded.api),
    row("with 50 event streams: until the statement has run", crowded.ran),
    row("with 50 event streams: until every stream has told of it", watched),
    "",
    "| state | resident memory | event loop delay, p99 | at most |",
    "| --- | --- | --- | --- |",
    `| idle | ${mebibytes(idle)} | | |`,
    state("500 sessions opened and held", held),
    state("lists and 100 verdicts", beforePages),
    state("50 event streams, lists and 100 verdicts", after),
  ];
}

async function hold(client: WireClient, customer: number): Promise<string> {
  client.send(encodeQuery(`update customers set name = name where id = ${customer}`));
  for (;;) {
    const message = await client.next();
    if (message === null) throw new Error("the gateway has closed the session");
    const told = toldBy(message);
    if (told !== null && told.review !== null) return told.review;
    if (message.kind === "error_response") throw new Error(message.fields.message);
  }
}

async function pages(call: BenchGateway["call"]): Promise<void> {
  let cursor: string | null = "";
  while (cursor !== null) {
    const at: string = cursor === "" ? "" : `&cursor=${cursor}`;
    const page = await call(`/reviews?state=pending&limit=200${at}`);
    cursor = (page as { readonly next: string | null }).next;
  }
}

async function decisions(
  decide: () => Promise<{ readonly api: number; readonly ran: number }>,
): Promise<{ readonly api: readonly number[]; readonly ran: readonly number[] }> {
  const all: { readonly api: number; readonly ran: number }[] = [];
  for (let round = 0; round < rounds; round += 1) all.push(await decide());
  return { api: all.map(({ api }) => api), ran: all.map(({ ran }) => ran) };
}

async function repeated(act: () => Promise<unknown>, times = rounds): Promise<readonly number[]> {
  const all: number[] = [];
  for (let round = 0; round < times; round += 1) {
    const begun = performance.now();
    await act();
    all.push(performance.now() - begun);
  }
  return all;
}

interface Look {
  readonly residentBytes: number;
  readonly loopP99Ms: number;
  readonly loopMaxMs: number;
}

interface BenchGateway {
  readonly call: (path: string, body?: unknown) => Promise<unknown>;
  readonly connect: (agent: string) => Promise<WireClient>;
  readonly look: () => Promise<Look>;
  readonly watch: () => Promise<Watchers>;
  readonly stop: () => Promise<void>;
}

interface Watchers {
  /** When each of them has told of a change from now on. */
  nextChange(): Promise<unknown>;
  close(): void;
}

async function startGateway(dataDir: string, database: SampleDatabase): Promise<BenchGateway> {
  const { host, port, user, password } = database;
  const script = new URL("./gateway.ts", import.meta.url).pathname;
  const url = `postgres://${user}:${password}@${host}:${port}/${database.database}`;
  const child = spawn(process.execPath, [script, "durable", dataDir, url], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? "{}") as unknown;
  const started = (await next()) as { readonly url: string; readonly apiUrl: string };
  const own = new URL(started.url);
  const operator = (await readFile(join(dataDir, "operator.token"), "utf8")).trim();
  const ask = async (token: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${started.apiUrl}/api/v1${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return response.json();
  };
  const tokens = new Map([["bench", Promise.resolve(own.password)]]);
  const tokenOf = (agent: string) => {
    const issue = () =>
      ask(operator, `/agents/${agent}/token`, {}).then(
        (made) => (made as { readonly token: string }).token,
      );
    const token = tokens.get(agent) ?? issue();
    tokens.set(agent, token);
    return token;
  };
  return {
    call: (path, body) => ask(operator, path, body),
    connect: async (agent) =>
      connectWire({
        host: own.hostname,
        port: Number(own.port),
        user: agent,
        password: await tokenOf(agent),
        database: "shop",
      }),
    async look() {
      child.stdin.write("watch\n");
      return (await next()) as Look;
    },
    async watch() {
      const streams: Stream[] = [];
      for (let person = 0; person < people; person += 1) {
        const link = (await ask(operator, `/people/person${person}/links`, {})) as {
          readonly url: string;
        };
        const signedIn = (await ask(operator, "/sign-in", { code: link.url.split("#")[1] })) as {
          readonly token: string;
        };
        for (let page = 0; page < pagesPerPerson; page += 1) {
          streams.push(await openStream(`${started.apiUrl}/api/v1/events`, signedIn.token));
        }
      }
      return {
        nextChange: () => Promise.all(streams.map((stream) => stream.nextChange())),
        close() {
          for (const stream of streams) stream.close();
        },
      };
    },
    async stop() {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

interface Stream {
  nextChange(): Promise<void>;
  close(): void;
}

async function openStream(url: string, token: string): Promise<Stream> {
  const leaving = new AbortController();
  const { body } = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    signal: leaving.signal,
  });
  let change = Promise.withResolvers<void>();
  const hello = Promise.withResolvers<void>();
  const decoder = new TextDecoder();
  const read = async () => {
    for await (const chunk of body ?? []) {
      const text = decoder.decode(chunk as Uint8Array);
      if (text.includes("event: hello")) hello.resolve();
      if (!text.includes("event: changes")) continue;
      change.resolve();
      change = Promise.withResolvers<void>();
    }
  };
  // It ends by being left.
  void read().catch(() => {});
  await hello.promise;
  return { nextChange: () => change.promise, close: () => leaving.abort() };
}

function row(what: string, times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(1);
  return `| ${what} | ${at(0.5)} | ${at(0.99)} |`;
}

function state(what: string, { residentBytes, loopP99Ms, loopMaxMs }: Look): string {
  const resident = mebibytes({ residentBytes });
  return `| ${what} | ${resident} | ${loopP99Ms.toFixed(1)} ms | ${loopMaxMs.toFixed(0)} ms |`;
}

function mebibytes({ residentBytes }: Pick<Look, "residentBytes">): string {
  return `${Math.round(residentBytes / 1024 / 1024)} MiB`;
}

if (import.meta.main) console.log((await measureCrowd()).join("\n"));
