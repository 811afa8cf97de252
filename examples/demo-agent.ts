/**
 * A scripted agent that works through the gateway with the ordinary `pg` driver: it reads, proposes a risky
 * write, waits in its session, and reacts to each kind of verdict. It knows nothing of Countersign but what
 * the database's own errors tell it.
 *
 * Run it with `npm run demo:agent` beside `npm start`, and decide with `countersign inbox` and `approve`.
 */
import { execFileSync } from "node:child_process";
import { Client, DatabaseError } from "pg";

interface Told {
  readonly code: string;
  readonly review: string | null;
  readonly url: string | null;
  readonly retry: "never" | "after_change" | "after_review" | "later";
}

const say = (text: string) => console.log(`agent  ${text}`);

const client = new Client({ connectionString: connectionString() });
client.on("notice", (notice) => {
  console.log(`notice ${notice.message}`);
  const told = toldBy(notice.detail);
  if (told?.review) {
    console.log(
      `       decide in another terminal:  npx --no-install countersign approve ${told.review}`,
    );
  }
});

await client.connect();
try {
  await work();
} finally {
  await client.end();
}

async function work(): Promise<void> {
  const { rows } = await client.query("select count(*) as customers from customers");
  say(`There are ${rows[0].customers} customers. Reading needs nobody.`);
  await propose("delete from customers where id = 7");
  say("Now something that policy never allows:");
  await propose("drop table customers");
}

/** Proposes a statement and does what the answer says, at most one round further. */
async function propose(sql: string, isSecondTry = false): Promise<void> {
  say(`I propose: ${sql}`);
  try {
    const { command, rowCount } = await client.query(sql);
    say(`It was approved and has run: ${command} ${rowCount}.`);
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    const told = toldBy(error.detail);
    say(`It did not run (${told?.code ?? error.code}): ${error.message}`);
    if (told?.retry === "after_change" && !isSecondTry) {
      say("I change it as asked: only if the customer has placed no order.");
      await propose(`${sql} and not exists (select from orders where customer_id = 7)`, true);
    } else if (told?.retry === "never") {
      say("That is final. I leave it at that.");
    } else if (told !== null) {
      say("I could try again later.");
    }
  }
}

/** The DETAIL of the gateway's notices and errors is one line of JSON. */
function toldBy(detail: string | undefined): Told | null {
  try {
    return JSON.parse(detail ?? "") as Told;
  } catch {
    return null;
  }
}

/** From the environment, or from the quickstart that is running here. */
function connectionString(): string {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined) return given;
  const status: unknown = JSON.parse(
    execFileSync("npx", ["--no-install", "countersign", "status", "--json"], { encoding: "utf8" }),
  );
  const { connections } = status as {
    readonly connections: readonly {
      readonly agents: readonly { readonly url: string | null }[];
    }[];
  };
  const url = connections[0]?.agents[0]?.url;
  if (typeof url === "string") return url;
  throw new Error(
    "No connection string: start the quickstart with `npm start`, or set DATABASE_URL.",
  );
}
