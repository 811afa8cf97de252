/**
 * A scripted agent at the sample's help desk, with the protocol's own client: it reads tickets, refunds two customers, one of them more than a
 * rule lets through, and wants to send a mail. It knows nothing of Countersign but the address, the token, and what it is told.
 *
 * Run it with `npm run demo:desk` beside `npm start`, and decide in the console, or with `countersign inbox` and `approve`.
 */
import { spawnSync } from "node:child_process";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const say = (text: string) => console.log(`agent  ${text}`);

const whatToDo =
  "Is the gateway running? `npx --no-install countersign status` says so, and `npm start` starts the quickstart. A token that it does not take was replaced: unset DESK_URL and DESK_TOKEN, or have a new one made with `npx --no-install countersign agent create NAME`.";

/** As long as the gateway keeps a call waiting. */
const patienceMs = 30 * 60_000;

const desk = findDesk();
const client = new Client({ name: "demo-desk", version: "1" });
const transport = new StreamableHTTPClientTransport(new URL(desk.url), {
  requestInit: { headers: { authorization: `Bearer ${desk.token}` } },
});
try {
  await client.connect(transport);
} catch (error) {
  stop(3, `No session with the desk at ${desk.url}: ${reasonOf(error)}.\n${whatToDo}`);
}
try {
  await work();
} catch (error) {
  stop(1, `The agent can't go on: ${reasonOf(error)}`);
} finally {
  // A session that is not ended keeps its server for a while.
  await transport.terminateSession().catch(() => {});
  await client.close().catch(() => {});
}

async function work(): Promise<void> {
  say("I look at the tickets. Reading needs nobody.");
  await call("list_tickets", { status: "open" });
  await call("read_ticket", { ticket: 2 });
  say("A small refund runs at once:");
  await call("refund", { ticket: 1, amount: 40, reason: "Lamp arrived broken" });
  say("A large one is held, by a rule that looks at its amount:");
  await call("refund", { ticket: 2, amount: 250, reason: "Order never came" });
  say("What can leave waits as well, and people are told what I have read before:");
  await call("send_mail", {
    to: "bob.meier@mail.example",
    subject: "Your refund",
    body: "Dear Bob,\nyour 250 EUR are on their way.",
  });
}

interface Answer {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly isError?: boolean;
}

async function call(name: string, args: Readonly<Record<string, unknown>>): Promise<void> {
  say(`I call ${name} ${JSON.stringify(args)}`);
  let told = "";
  const { content, isError } = (await client.callTool(
    { name, arguments: { ...args } },
    {
      timeout: patienceMs,
      onprogress({ message = "" }) {
        if (message !== told) console.log(`notice ${message}`);
        told = message;
      },
    },
  )) as Answer;
  const text = content.map((part) => part.text ?? `(${part.type})`).join("\n");
  console.log(`${isError === true ? "denied" : "desk  "} ${text.replaceAll("\n", "\n       ")}`);
}

interface Desk {
  readonly url: string;
  readonly token: string;
}

/** From the environment, or from the quickstart that is running here. */
function findDesk(): Desk {
  const { DESK_URL: url, DESK_TOKEN: token } = process.env;
  if (url !== undefined && token !== undefined) return { url, token };
  const { status, stdout, error } = spawnSync(
    "npx",
    ["--no-install", "countersign", "status", "--json"],
    { encoding: "utf8" },
  );
  if (error !== undefined) stop(1, `The command line can't be run: ${error.message}`);
  const answer = readAnswer(stdout);
  if (answer?.error !== undefined) {
    stop(status ?? 1, `countersign: ${answer.error.message} [${answer.error.code}]`);
  }
  const found = answer?.connections?.find(({ name }) => name === "desk")?.agents[0];
  if (typeof found?.url === "string" && typeof found.token === "string") {
    return { url: found.url, token: found.token };
  }
  stop(
    1,
    "Only the quickstart has a sample desk. Start one in another folder with `npm start`, or set DESK_URL and DESK_TOKEN to what `npx --no-install countersign agent create NAME` prints for a tool server of yours.",
  );
}

interface StatusAnswer {
  readonly connections?: readonly {
    readonly name: string;
    readonly agents: readonly { readonly url: string | null; readonly token: string | null }[];
  }[];
  readonly error?: { readonly code: string; readonly message: string };
}

function readAnswer(text: string): StatusAnswer | null {
  try {
    return JSON.parse(text) as StatusAnswer;
  } catch {
    return null;
  }
}

/** Says why on standard error, and ends with the exit code that the command line has for it. */
function stop(code: number, why: string): never {
  console.error(why);
  process.exit(code);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message;
}
