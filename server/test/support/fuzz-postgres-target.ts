/**
 * A PostgreSQL listener under fire: real sessions, enforcement and policy, in front of a real database behind a
 * tap, which compares every command that arrives with the decisions on record.
 */

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { createRecorder } from "#/audit/recorder.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Person, Principal } from "#/core/principal.ts";
import { Secret } from "#/core/secret.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { createSessionLabels } from "#/enforcement/session-labels.ts";
import { formatVerifier, iterationsMin, makeVerifier } from "#/identity/scram-keys.ts";
import { createFinder } from "#/masking/finder.ts";
import { createMemoryVault } from "#/masking/replacement/pseudonyms.ts";
import { createBusyPoll } from "#/platform/busy-poll.ts";
import { systemClock } from "#/platform/clock.ts";
import { createLog } from "#/platform/log.ts";
import { createPolicy } from "#/policy/evaluate.ts";
import { loadPolicies } from "#/policy/load.ts";
import { postgresConnections } from "#/proxies/postgres/connection.ts";
import { startPostgresListener } from "#/proxies/postgres/listener/listener.ts";
import { reservedPrefix } from "#/proxies/postgres/names.ts";
import { createClassifier } from "#/proxies/postgres/sql/facts.ts";
import { createReviewFeed } from "#/review/feed.ts";
import { giveVerdict } from "#/review/life.ts";
import { openBooks, openCountingStore } from "./fuzz-decisions.ts";
import { watchUpstream } from "./fuzz-upstream-watch.ts";
import type { TestPostgres } from "./postgres.ts";
import { agentToken } from "./postgres-gateway.ts";
import { openTestSpools } from "./spools.ts";
import { testIdentity } from "./test-identity.ts";
import type { WireLogin } from "./wire-client.ts";

export interface PostgresTarget {
  readonly login: WireLogin;
  /** What must not have happened, in words; empty if all is well. */
  readonly violations: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  /** Commands of clients that the upstream was sent to run. */
  readonly ran: number;
  /** Sessions of the gateway with the upstream. */
  readonly upstreams: number;
  readonly reviewsOpen: number;
  /** A person's word on a review that waits. */
  give(review: string, verdict: "approve" | "deny"): Promise<void>;
  /** Between rounds: nothing is under way any more. */
  settle(): void;
  /** From now on no decision counts: to see the tap fail. */
  forgetDecisions(): void;
  close(): Promise<void>;
}

export const policies = {
  "deny all": `@id("nothing") @reason("Nothing runs.") forbid (principal, action, resource);`,
  "reads only": `
    @id("reads") @reason("Reads run.")
    permit (principal, action == Countersign::Action::"sql.read", resource);`,
  "writes wait": `
    @id("reads") @reason("Reads run.")
    permit (principal, action == Countersign::Action::"sql.read", resource);
    @id("the-rest-waits") @review("1 of dba") @reason("It waits.")
    permit (principal, action, resource);`,
} as const;
export type PolicyName = keyof typeof policies;

const ada: Person = {
  id: "per_ada" as PersonId,
  issuer: "https://id.example",
  subject: "ada",
  name: "Ada",
  groups: ["dba"],
  since: 0,
};
const principal: Principal = {
  kind: "agent",
  name: "importer",
  groups: [],
  onBehalfOf: null,
  people: [],
};
const reviewsOpenMax = 1000;
const messageBytesMax = 256 * 1024;

export async function openPostgresTarget(
  postgres: TestPostgres,
  policy: PolicyName,
): Promise<PostgresTarget> {
  const violations: string[] = [];
  const books = openBooks();
  const { store, counts, open } = openCountingStore(books);
  const log = createLog((line) => {
    // What a session did not expect of itself is a defect, whatever the client has sent.
    if (line.includes("internal.unexpected")) violations.push(line);
  }, systemClock.now);
  let ran = 0;
  const tap = await startCheckingTap(postgres, {
    covers: books.run,
    onRun() {
      ran += 1;
    },
    onParse(sql) {
      if (policy === "deny all") violations.push(`was parsed although nothing may: ${sql}`);
    },
    onForeign: (what) => violations.push(what),
  });
  const reviews = {
    store,
    clock: systemClock,
    people: (id: PersonId) => (id === ada.id ? ada : null),
    reviewsOpenMax,
  };
  const stopping = new AbortController();
  const load = loadPolicies([{ path: "fuzz.cedar", text: policies[policy] }]);
  if (!load.ok) throw new Error(JSON.stringify(load));
  const enforcement: EnforcementDeps = {
    evaluate: createPolicy(load.set).evaluate,
    neverPermits: () => false,
    maskedColumns: () => [],
    recorder: createRecorder(store, systemClock, log),
    reviews,
    feed: createReviewFeed({ store, clock: systemClock, log }, stopping.signal),
    waiting: new Map(),
    labels: createSessionLabels({ clock: systemClock, dataOf: () => null }),
    joinSecret: Buffer.alloc(32, 7),
    holdMaxMs: 60_000,
    holdInTransactionMaxMs: 60_000,
    reviewUrl: (review) => `https://gateway.example/reviews/${review}`,
    clock: systemClock,
    log,
  };
  const { database, user, password } = postgres;
  const configured = {
    name: "shop",
    environment: "test",
    labels: {},
    unsafe: false,
    preview: "none",
    sample: "masked",
    sensitive: [],
  } as const;
  const tls = { mode: "disable" } as const;
  const upstream = { ...tap.address, database, user, password: new Secret(password), tls };
  const salt = Buffer.alloc(16, 1);
  const scramVerifier = formatVerifier(
    await makeVerifier(agentToken, { salt, iterations: iterationsMin }),
  );
  const spools = await openTestSpools();
  const listener = await startPostgresListener({
    host: "127.0.0.1",
    port: 0,
    identity: () => testIdentity,
    requiresTls: () => false,
    findAgent: (name) => (name === principal.name ? { principal, scramVerifier } : null),
    failures: { note: () => {} },
    mockKey: Buffer.alloc(32, 3),
    connections: postgresConnections([{ ...configured, upstream }], enforcement, {
      finder: createFinder,
      hashKey: Buffer.alloc(32, 5),
      vaults: { open: () => createMemoryVault() },
    }),
    connectionsMax: 100,
    messageBytesMax,
    spools,
    classifier: await createClassifier({ bytesMax: 1024 * 1024 }),
    enforcement,
    clock: systemClock,
    busyPoll: createBusyPoll(),
    log,
  });
  const { host, port } = listener;
  return {
    login: { host, port, user: principal.name, password: agentToken, database: "shop" },
    violations,
    counts,
    get ran() {
      return ran;
    },
    get upstreams() {
      return tap.sessions();
    },
    get reviewsOpen() {
      return open();
    },
    async give(id, verdict) {
      const review = await store.review(id as Parameters<typeof store.review>[0]);
      if (review === null) return;
      const { digest, version } = review;
      const comment = verdict === "approve" ? null : "because";
      await giveVerdict(reviews, review.id, {
        verdict,
        digest,
        comment,
        rowsMax: null,
        view: null,
        hidden: { digest, fields: [] },
        person: ada.id,
        assurance: "session",
        vouchers: [],
        idempotencyKey: `${id}/${version}`,
        // The wait may have ended meanwhile.
      }).catch(() => {});
    },
    settle: books.clear,
    forgetDecisions: books.close,
    async close() {
      await listener.close();
      stopping.abort(new Error("the fuzz is over"));
      await enforcement.feed.ended;
      await tap.close();
      await spools.remove();
    },
  };
}

interface TapEvents {
  /** Uses up a decision that this command may run; false if there is none. */
  readonly covers: (sql: string) => boolean;
  /** A client's command has run. */
  readonly onRun: () => void;
  readonly onParse: (sql: string) => void;
  /** Something that neither a client nor the gateway may say. */
  readonly onForeign: (what: string) => void;
}

async function startCheckingTap(
  { host, port }: Pick<TestPostgres, "host" | "port">,
  { covers, onRun, onParse, onForeign }: TapEvents,
) {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (gateway) => {
    const target = connect({ host, port, noDelay: true });
    sockets.add(gateway);
    gateway.on("close", () => sockets.delete(gateway));
    for (const socket of [gateway, target]) {
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        gateway.destroy();
        target.destroy();
      });
    }
    const watch = watchUpstream({
      onParse: (sql, name) => check(sql, name, onParse),
      onSent: (sql, name) => {
        if (isOwn(sql, name)) {
          check(sql, name, () => {});
          return () => {};
        }
        // An execution of what the server has not got is no command: it fails.
        const isCovered = sql === "" && name !== "" ? true : covers(sql);
        return (ran, succeeded) => {
          // A query with parameters, of which a Query has none.
          if (ran === null || (!succeeded && unanalysable.test(ran))) return;
          if (ran === sql ? isCovered : covers(ran)) onRun();
          else onForeign(`ran undecided: ${ran}\n  behind ${recent.join("\n  ")}`);
        };
      },
    });
    const recent: string[] = [];
    const isOwn = (sql: string, name: string) =>
      name.startsWith(reservedPrefix) || (name === "" && ownQueries.test(sql));
    const check = (sql: string, name: string, on: (sql: string) => void) => {
      if (!isOwn(sql, name) || name === parsedAlone) on(sql);
      else if (name !== "" && !ownCommands.test(sql)) onForeign(`under the gateway's name: ${sql}`);
    };
    gateway.on("data", (chunk: Buffer) => {
      recent.push(
        chunk
          .toString("latin1")
          .replaceAll(/[^ -~]+/g, " ")
          .slice(0, recentCharsMax),
      );
      if (recent.length > recentMax) recent.shift();
      try {
        watch.fromClient(chunk);
      } catch (error) {
        onForeign(`the upstream was sent what is no message: ${String(error)}`);
      }
      target.write(chunk);
    });
    target.on("data", (chunk: Buffer) => {
      watch.fromServer(chunk);
      gateway.write(chunk);
    });
  });
  server.listen({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  const address = server.address();
  return {
    address: { host, port: typeof address === "object" && address !== null ? address.port : 0 },
    sessions: () => sockets.size,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** What a violation tells of how it came about. */
const recentMax = 30;
const recentCharsMax = 300;

/** Under this name a client's text is parsed, and never bound. */
const parsedAlone = `${reservedPrefix}_parsed`;
/** What the gateway sends around that, and to let a client's transaction fail. */
const ownQueries =
  /^((begin|start transaction); )?rollback to savepoint "_countersign_refused"$|^begin read only; set local lock_timeout = \d+$|^rollback and no chain$|^select; savepoint "_countersign_read"; set transaction read only$|^release savepoint "_countersign_read"$|^select; savepoint "_countersign_parsed"; set transaction read only; set local lock_timeout = \d+$|^rollback to savepoint "_countersign_parsed"; release savepoint "_countersign_parsed"$/;
const unanalysable = /^explain .*\$\d/s;
/** All that the gateway asks by itself, and its lock around a read in a client's transaction; none of it is among what the clients send. */
const ownCommands =
  /^(select$|(release )?savepoint "_countersign_read"$|set transaction read only$|refused by countersign$|set default_transaction_read_only to o(n|ff)$|show search_path$|\s*(select|with)\s.*pg_catalog)/s;
