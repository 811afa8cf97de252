/**
 * A scripted agent that works through the gateway with the ordinary `pg` driver: it reads, proposes a risky
 * write, waits in its session, and reacts to each kind of verdict. It knows nothing of Countersign but what
 * the database's own errors tell it.
 *
 * Run it with `npm run demo:agent` beside `npm start`, and decide with `countersign inbox` and `approve`.
 */
import { spawnSync } from "node:child_process";
import { Client, DatabaseError } from "pg";

interface Told {
  readonly code: string;
  readonly review: string | null;
  readonly url: string | null;
  readonly retry: "never" | "after_change" | "after_review" | "later";
}

const say = (text: string) => console.log(`agent  ${text}`);

const newToken =
  "Its token may have been replaced: unset DATABASE_URL, or have a new connection string made with `npx --no-install countersign agent create NAME`.";

const client = new Client({ connectionString: connectionString() });
// A connection that is lost fails the query that waits; that is where it is told.
client.on("error", () => {});
client.on("notice", (notice) => {
  console.log(`notice ${notice.message}`);
  const told = toldBy(notice.detail);
  if (told?.code === "pending_review" && told.review) {
    console.log(
      `       decide in another terminal:  npx --no-install countersign approve ${told.review}`,
    );
  }
});

try {
  await client.connect();
} catch (error) {
  if (error instanceof DatabaseError) {
    stop(1, `The gateway refuses the sign-in: ${error.message}\n${newToken}`);
  }
  const where = `${client.host}:${client.port} (${reasonOf(error)})`;
  stop(3, `No gateway answers at ${where}. \`npm start\` starts the quickstart.`);
}
try {
  await work();
} catch (error) {
  stop(1, `The agent can't go on: ${reasonOf(error)}`);
} finally {
  await client.end().catch(() => {});
}

async function work(): Promise<void> {
  const { rows } = await client.query("select count(*) as customers from customers");
  say(`There are ${rows[0].customers} customers. Reading needs nobody.`);
  const id = await customerWithoutOrders();
  if (id === null) say("No customer without orders is left to delete.");
  else await propose(`delete from customers where id = ${id}`, narrowed(id));
  say("Now something that policy never allows:");
  await propose("drop table customers");
}

/** One that is there, on every run, and that stays there where the statement is narrowed as asked. */
async function customerWithoutOrders(): Promise<number | null> {
  const { rows } = await client.query(
    "select min(id) as id from customers where id > 7 and not exists (select from orders where customer_id = customers.id)",
  );
  return rows[0].id;
}

function narrowed(id: number): string {
  return `delete from customers where id = ${id} and not exists (select from orders where customer_id = ${id})`;
}

/** Proposes a statement and does what the answer says: at most once more, as `changed`. */
async function propose(sql: string, changed: string | null = null): Promise<void> {
  say(`I propose: ${sql}`);
  try {
    const { command, rowCount } = await client.query(sql);
    say(`It was approved and has run: ${command} ${rowCount}.`);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const told = toldBy(error.detail);
    say(`It did not run (${told?.code ?? error.code}): ${error.message}`);
    if (told?.retry === "after_change" && changed !== null) {
      say("I change it as asked: only if the customer has placed no order.");
      await propose(changed);
    } else if (told?.retry === "never") {
      say("That is final. I leave it at that.");
    } else if (told !== null) {
      say("I could try again later.");
    }
  }
}

/** The DETAIL of the gateway's notices and errors is one line of JSON. */
function toldBy(detail: string | undefined): Told | null {
  return parse<Told>(detail ?? "");
}

/** From the environment, or from the quickstart that is running here. */
function connectionString(): string {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined) return given;
  const { status, stdout, error } = spawnSync(
    "npx",
    ["--no-install", "countersign", "status", "--json"],
    { encoding: "utf8" },
  );
  if (error !== undefined) stop(1, `The command line can't be run: ${error.message}`);
  const answer = parse<{
    readonly connections?: readonly {
      readonly kind: string;
      readonly agents: readonly { readonly url: string | null }[];
    }[];
    readonly error?: { readonly code: string; readonly message: string };
  }>(stdout);
  if (answer?.error !== undefined) {
    stop(status ?? 1, `countersign: ${answer.error.message} [${answer.error.code}]`);
  }
  const shop = answer?.connections?.find(({ kind }) => kind === "postgres");
  const url = shop?.agents[0]?.url;
  if (typeof url === "string") return url;
  stop(
    1,
    "Only the quickstart shows its agent's connection string. Set DATABASE_URL to the one that `npx --no-install countersign agent create NAME` prints.",
  );
}

/** Says why on standard error, and ends with the exit code that the command line has for it. */
function stop(code: number, why: string): never {
  console.error(why);
  process.exit(code);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code: unknown = Reflect.get(error, "code");
  return error.message === "" || typeof code === "string" ? String(code) : error.message;
}

function parse<Value>(text: string): Value | null {
  try {
    return JSON.parse(text) as Value;
  } catch {
    return null;
  }
}
