/**
 * The console as people meet it: the real gateway over a real PostgreSQL in which sessions of an agent
 * wait, real browsers in front, and a line between them that can be cut.
 *
 * The rules are those of production and these: what writes `orders` needs two people, and a write to
 * `products` waits for `briefMs` only, and what reads customers with their orders waits, too.
 */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, type TestContext } from "node:test";
import type { CreatedLink } from "@countersign/sdk/wire/sign-in";
import type { Clock } from "#/platform/clock.ts";
import { type PageOptions, startTestBrowser, type WatchedPage } from "./browser.ts";
import { browserMissing } from "./browser-program.ts";
import { type BrowserWire, openBrowserWire } from "./browser-wire.ts";
import { type ClockedGateway, startClockedGateway } from "./clocked-gateway.ts";
import { type Folder, makeFolder, startTestGateway } from "./gateway.ts";
import type { AgentClient, GatewayClient } from "./gateway-client.ts";
import { startTestPostgres, type TestPostgres } from "./postgres.ts";
import { foundWhenTold } from "./review-events.ts";

export interface ConsoleScene {
  readonly wire: BrowserWire;
  readonly postgres: TestPostgres;
  /** The one that runs now. */
  gateway(): GatewayClient;
  /** Ends the gateway and starts another on the same data. */
  restart(): Promise<void>;
  linkFor(person: string): Promise<string>;
  /** A browser in which nobody is signed in. */
  browse(test: TestContext, options?: SceneOptions): Promise<WatchedPage>;
  /** A browser in which a person has signed in by link, at the inbox. */
  signIn(test: TestContext, person: string, options?: SceneOptions): Promise<WatchedPage>;
  /** A session of the agent in which a statement waits. It is known how much it would touch. */
  hold(test: TestContext, sql: string, how?: HeldHow): Promise<HeldStatement>;
}

export interface AddedRules {
  /** Cedar, beside the scene's own. */
  readonly rules?: string;
  /** Settings of the configuration, beside the scene's own. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** By which the gateway goes; then it runs in this process. */
  readonly clock?: Clock;
}

export type SceneOptions = Omit<PageOptions, "origin">;

export interface HeldHow {
  readonly agent?: string;
  /** Bound to its parameters. */
  readonly values?: readonly (string | null)[];
  /** What its session runs before. */
  readonly behind?: readonly string[];
}

export interface HeldStatement extends AgentClient {
  readonly review: string;
  /** What the agent gets in the end: such as `DELETE 1`, or the error's message. */
  readonly answer: Promise<string>;
}

/** Nobody waits for its end: a test that wants it moves the clock. */
export const briefMs = 10 * 60_000;

const rules = `
@id("orders-need-two") @review("2 of dba")
@reason("Orders are changed by two.")
permit (principal, action == Countersign::Action::"sql.write", resource)
when { context.writes.contains("public.orders") };

@id("products-wait-briefly") @review("1 of dba") @ttl("${briefMs / 1000}s")
@reason("A change of products is urgent or not wanted.")
permit (principal, action == Countersign::Action::"sql.write", resource)
when { context.writes.contains("public.products") };

@id("contacts-wait") @review("1 of dba")
@reason("Who reads customers and orders together is asked why.")
permit (principal, action == Countersign::Action::"sql.read", resource)
when { context.reads.containsAll(["public.customers", "public.orders"]) };
`;

type Closers = (() => Promise<void>)[];

interface OpenScene extends ConsoleScene {
  close(): Promise<void>;
}

/** What was opened when something fails is closed again: it would keep the test's process from its end. */
async function openConsoleScene(added: AddedRules): Promise<OpenScene> {
  const closers: Closers = [];
  const close = async () => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    return { ...(await openParts(added, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openParts(added: AddedRules, closers: Closers): Promise<ConsoleScene> {
  const postgres = await startTestPostgres();
  closers.push(postgres.stop);
  const browser = await startTestBrowser();
  closers.push(browser.close);
  const wire = await openBrowserWire();
  closers.push(wire.close);
  const starter = join(import.meta.dirname, "../../../policies/production/production.cedar");
  const folder = await makeFolder(postgres, {
    config: { publicUrl: wire.origin, people, ...added.config },
    policies: `${await readFile(starter, "utf8")}${rules}${added.rules ?? ""}`,
  });
  closers.push(folder.remove);
  const start = async () => {
    const started =
      added.clock === undefined
        ? await startProcess(folder, postgres)
        : await startClockedGateway(folder, postgres, added.clock);
    wire.leadTo(started.status.listeners["api"]?.port ?? 0);
    return started;
  };
  let gateway = await start();
  closers.push(() => gateway.stop());
  const linkFor = async (person: string) => {
    const { body } = await gateway.call(`/people/${person}/links`, gateway.operatorToken, {});
    return (body as CreatedLink).url;
  };
  const browse = (test: TestContext, options: SceneOptions = {}) =>
    browser.open(test, { ...options, origin: wire.origin });
  return {
    wire,
    postgres,
    gateway: () => gateway,
    async restart() {
      await gateway.stop();
      gateway = await start();
    },
    linkFor,
    browse,
    async signIn(test, person, options) {
      const watched = await browse(test, options);
      await watched.page.goto(await linkFor(person));
      await watched.page.getByRole("button", { name: "Sign in" }).click();
      await watched.page.waitForURL(`${wire.origin}/`);
      await watched.page.getByRole("heading", { name: "Inbox" }).waitFor();
      await watched.page.getByRole("status", { name: /loading/ }).waitFor({ state: "detached" });
      return watched;
    },
    async hold(test, sql, { agent, values, behind = [] } = {}) {
      const { client, held } = await gateway.connect(agent);
      test.after(() => client.end().catch(() => {}));
      for (const each of behind) await client.query(each);
      const answer = client.query(sql, values === undefined ? undefined : [...values]).then(
        ({ command, rowCount }) => `${command} ${rowCount}`,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      const atOnce = answer.then((text) => Promise.reject(new Error(`it did not wait: ${text}`)));
      const review = await Promise.race([held(), atOnce]);
      await untilMeasured(gateway, review);
      return { client, held, answer, review };
    },
  };
}

/**
 * One for all tests of a file, while they run; where there is no browser there is none. A hook of the file's own would run beside this
 * one's, so what has to be there before the first test is prepared here.
 */
export function consoleScene(
  added: AddedRules = {},
  prepare: (scene: ConsoleScene) => Promise<void> = async () => {},
): ConsoleScene {
  let scene: OpenScene | null = null;
  const open = () => scene ?? assert.fail("the scene is not open");
  before(async () => {
    if (browserMissing !== null) return;
    scene = await openConsoleScene(added);
    await prepare(scene);
  });
  after(async () => {
    await scene?.close();
  });
  return {
    get wire() {
      return open().wire;
    },
    get postgres() {
      return open().postgres;
    },
    gateway: () => open().gateway(),
    restart: () => open().restart(),
    linkFor: (person) => open().linkFor(person),
    browse: (test, options) => open().browse(test, options),
    signIn: (test, person, options) => open().signIn(test, person, options),
    hold: (test, sql, how) => open().hold(test, sql, how),
  };
}

async function startProcess(folder: Folder, postgres: TestPostgres): Promise<ClockedGateway> {
  const started = await startTestGateway(folder, postgres, "", { COUNTERSIGN_CONSOLE_BUILD: "" });
  // The gateway listens before its console is built.
  await started.printed("The console is ready.");
  return started;
}

/**
 * What a statement would do, and a read would touch, is found out beside its wait: an approval of a page that did not say so yet is
 * refused.
 */
async function untilMeasured(gateway: GatewayClient, id: string): Promise<void> {
  const { apiUrl, operatorToken } = gateway;
  await foundWhenTold(apiUrl, operatorToken, async () => {
    const { state, verbs, effect, touched } = await gateway.review(id, operatorToken);
    if (state !== "pending") return true;
    if (verbs.includes("sql.write")) return effect !== null;
    return !verbs.includes("sql.read") || (effect !== null && touched !== null);
  });
}

/** `eve` is in no group. */
const people = [
  { name: "ada", groups: ["dba"] },
  { name: "bob", groups: ["dba"] },
  { name: "cleo", groups: ["dba"] },
  { name: "eve", groups: [] },
  { name: "root", groups: [], administrator: true },
];
