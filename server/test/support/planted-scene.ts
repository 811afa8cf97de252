/**
 * A whole gateway in which values are planted wherever it takes any, with everything kept that comes out of it:
 * what every session received, what was printed, what every event stream said.
 */
import assert from "node:assert/strict";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import type { CreatedAgent } from "@countersign/sdk/wire/agent";
import type { ReviewDetail } from "@countersign/sdk/wire/review";
import { browserMissing } from "./browser-program.ts";
import { openCommandLine } from "./command-line.ts";
import { type Folder, startTestGateway, type TestGateway } from "./gateway.ts";
import { configure, type Installed, install } from "./planted-install.ts";
import { rawAnswer, type Session, sessionOf } from "./planted-session.ts";
import { openPlantedTools, type PlantedTools } from "./planted-tools.ts";
import { startTestPostgres, type TestPostgres } from "./postgres.ts";
import { asSuperuser } from "./postgres-gateway.ts";
import { listenToReviews } from "./review-events.ts";
import { connectWire, type WireClient, type WireLogin } from "./wire-client.ts";

export interface PlantedScene {
  readonly postgres: TestPostgres;
  readonly folder: Folder;
  readonly dataDir: string;
  readonly installed: Installed;
  readonly tools: PlantedTools;
  gateway(): TestGateway;
  /** Of `ada`, who can decide. */
  readonly reviewer: string;
  readonly agentToken: string;
  /** All that went to sessions that plant, and to one that only listens. */
  readonly received: { readonly planting: Buffer[]; readonly bystander: Buffer[] };
  /** Answers to people: of routes that change something too, as far as they say nothing new by design. */
  readonly answered: { readonly strangers: string[]; readonly people: string[] };
  /** Whatever the command line has printed. */
  readonly commandLine: string[];
  /** What the stream of events has said to `ada`. */
  readonly events: () => string;
  /** Looks again whenever a review has changed. */
  until(look: () => Promise<boolean>): Promise<void>;
  /** The command line in a home of its own, as `ada` unless the environment says else; what it printed is kept. */
  countersign(
    environment: Readonly<Record<string, string>>,
    ...args: readonly string[]
  ): Promise<string>;
  session(changes?: Partial<WireLogin>): Promise<Session>;
  /** A connection that is refused; who asks hears why. */
  refused(changes: Partial<WireLogin>): Promise<void>;
  /** Bytes to a port of the gateway, and whatever it says until it hangs up. */
  raw(listener: "postgres" | "api", bytes: Uint8Array): Promise<Buffer>;
  decide(review: string, verdict: string, comment?: string): Promise<void>;
  review(id: string): Promise<ReviewDetail>;
  superuser(sql: string): Promise<void>;
  /** Kills the gateway and starts it anew on what it left. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

const fixtures = (owner: string) => `
  create table notes (id int primary key, note text, marked text);
  insert into notes select each, 'plain', 'plain' from generate_series(1, 20) each;
  alter table notes owner to ${owner}`;

export async function openPlantedScene(): Promise<PlantedScene> {
  const postgres = await startTestPostgres();
  await asSuperuser(postgres, (superuser) => superuser.query(fixtures(postgres.user)));
  const installed = install();
  const tools = await openPlantedTools();
  const folder = await configure(postgres, installed, tools.connections);
  const start = () =>
    startTestGateway(folder, postgres, "", {
      ...installed.environment,
      ...tools.environment,
      COUNTERSIGN_CONSOLE_BUILD: browserMissing === null ? "" : "never",
    });
  const printed: string[] = [];
  let gateway = await start();
  const reviewer = await gateway.signIn("ada");
  const tokenOf = async (agent: string) =>
    ((await gateway.call(`/agents/${agent}/token`, gateway.operatorToken, {})).body as CreatedAgent)
      .token;
  const agentToken = await tokenOf("bot");
  const portOf = (listener: string) => gateway.status.listeners[listener]?.port ?? 0;
  const clients: WireClient[] = [];
  const shell = openCommandLine();
  const commandLine: string[] = [];

  async function open(changes: Partial<WireLogin>, into: Buffer[]): Promise<WireClient> {
    const host = "127.0.0.1";
    const port = portOf("postgres");
    const over = connectSocket(port, host);
    over.on("data", (chunk: Buffer) => into.push(chunk));
    const login = { host, port, over, user: "bot", password: agentToken, database: "shop" };
    const client = await connectWire({ ...login, ...changes });
    clients.push(client);
    return client;
  }
  const received = { planting: [] as Buffer[], bystander: [] as Buffer[] };
  await open({ user: "owned", password: await tokenOf("owned") }, received.bystander);
  const events = await listenToReviews(gateway.apiUrl, reviewer);

  return {
    postgres,
    folder,
    dataDir: join(folder.path, ".countersign"),
    installed,
    tools,
    gateway: () => ({ ...gateway, output: () => `${printed.join("")}${gateway.output()}` }),
    reviewer,
    agentToken,
    received,
    answered: { strangers: [], people: [] },
    commandLine,
    async countersign(environment, ...args) {
      const own = { COUNTERSIGN_URL: gateway.apiUrl, COUNTERSIGN_TOKEN: reviewer };
      const { out, err } = await shell.run({ ...own, ...environment }, args);
      commandLine.push(out, err);
      return out;
    },
    events: events.text,
    until: async (look) => void (await events.until(look)),
    session: async (changes = {}) => sessionOf(await open(changes, received.planting)),
    async refused(changes) {
      await assert.rejects(open(changes, received.planting));
    },
    raw: (listener, bytes) => rawAnswer(portOf(listener), bytes),
    async decide(review, verdict, comment) {
      const { status, body } = await gateway.decide(review, reviewer, verdict, comment);
      assert.equal(status, 200, JSON.stringify(body));
    },
    review: (id) => gateway.review(id, reviewer),
    superuser: (sql) =>
      asSuperuser(postgres, async (superuser) => {
        await superuser.query(sql);
      }),
    async crash() {
      await gateway.kill();
      printed.push(gateway.output());
      gateway = await start();
    },
    async close() {
      for (const client of clients) client.destroy();
      await shell.close();
      await gateway.stop();
      await tools.close();
      await folder.remove();
      await postgres.stop();
    },
  };
}
