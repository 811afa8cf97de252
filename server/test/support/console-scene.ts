/**
 * The console as people meet it: the real gateway over a real PostgreSQL in which sessions of an agent
 * wait, real browsers in front, and a line between them that can be cut.
 *
 * The rules are those of production and these: what writes `orders` needs two people, and a write to
 * `products` waits for a few seconds only, and what reads customers with their orders waits, too.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, type TestContext } from "node:test";
import type { CreatedLink } from "@countersign/sdk/wire/sign-in";
import { type PageOptions, startTestBrowser, type WatchedPage } from "./browser.ts";
import { browserMissing } from "./browser-program.ts";
import { type BrowserWire, openBrowserWire } from "./browser-wire.ts";
import { makeFolder, startTestGateway, type TestGateway } from "./gateway.ts";
import type { AgentClient } from "./gateway-client.ts";
import { startTestPostgres, type TestPostgres } from "./postgres.ts";

export interface ConsoleScene {
  readonly wire: BrowserWire;
  readonly postgres: TestPostgres;
  /** The one that runs now. */
  gateway(): TestGateway;
  /** Ends the gateway and starts another on the same data. */
  restart(): Promise<void>;
  linkFor(person: string): Promise<string>;
  /** A browser in which nobody is signed in. */
  browse(test: TestContext, options?: SceneOptions): Promise<WatchedPage>;
  /** A browser in which a person has signed in by link, at the inbox. */
  signIn(test: TestContext, person: string, options?: SceneOptions): Promise<WatchedPage>;
  /** A session of the agent in which a statement waits. */
  hold(test: TestContext, sql: string, how?: HeldHow): Promise<HeldStatement>;
  close(): Promise<void>;
}

export interface AddedRules {
  /** Cedar, beside the scene's own. */
  readonly rules?: string;
  /** Settings of the configuration, beside the scene's own. */
  readonly config?: Readonly<Record<string, unknown>>;
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

const briefMs = 6_000;

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

export async function openConsoleScene(added: AddedRules = {}): Promise<ConsoleScene> {
  const [postgres, browser, wire] = await Promise.all([
    startTestPostgres(),
    startTestBrowser(),
    openBrowserWire(),
  ]);
  const starter = join(import.meta.dirname, "../../../policies/production/production.cedar");
  const folder = await makeFolder(postgres, {
    config: { publicUrl: wire.origin, people, ...added.config },
    policies: `${await readFile(starter, "utf8")}${rules}${added.rules ?? ""}`,
  });
  const start = async () => {
    const started = await startTestGateway(folder, postgres, "", { COUNTERSIGN_CONSOLE_BUILD: "" });
    wire.leadTo(started.status.listeners["api"]?.port ?? 0);
    // The gateway listens before its console is built.
    await started.printed("The console is ready.");
    return started;
  };
  let gateway = await start();
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
      return { client, held, answer, review: await Promise.race([held(), atOnce]) };
    },
    async close() {
      await Promise.all([browser.close(), gateway.stop(), wire.close()]);
      await folder.remove();
      await postgres.stop();
    },
  };
}

/** One for all tests of a file, while they run; where there is no browser there is none. */
export function consoleScene(added: AddedRules = {}): ConsoleScene {
  let scene: ConsoleScene;
  before(async () => {
    if (browserMissing === null) scene = await openConsoleScene(added);
  });
  after(async () => {
    if (browserMissing === null) await scene.close();
  });
  return {
    get wire() {
      return scene.wire;
    },
    get postgres() {
      return scene.postgres;
    },
    gateway: () => scene.gateway(),
    restart: () => scene.restart(),
    linkFor: (person) => scene.linkFor(person),
    browse: (test, options) => scene.browse(test, options),
    signIn: (test, person, options) => scene.signIn(test, person, options),
    hold: (test, sql, how) => scene.hold(test, sql, how),
    close: () => scene.close(),
  };
}

/** `eve` is in no group. */
const people = [
  { name: "ada", groups: ["dba"] },
  { name: "bob", groups: ["dba"] },
  { name: "cleo", groups: ["dba"] },
  { name: "eve", groups: [] },
  { name: "root", groups: [], administrator: true },
];
