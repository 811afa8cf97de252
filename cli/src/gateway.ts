/**
 * Which gateway a command speaks to, and as whom.
 *
 * In this order: what the person says (`--url` or COUNTERSIGN_URL, with COUNTERSIGN_TOKEN); a sign-in that
 * was kept; the data folder of a gateway on this machine. A person's own sign-in comes before the data
 * folder's credential, because that one decides nothing outside the quickstart.
 */
import { type Client, ClientError, createClient } from "@countersign/sdk/client";
import type { Context } from "./context.ts";
import {
  type DataFolder,
  dataDirOf,
  isRunning,
  readDataFolder,
  readOperatorToken,
} from "./data-folder.ts";
import { CliError } from "./failure.ts";
import { loadSessions } from "./sessions.ts";

export interface GatewayOptions {
  readonly url?: string | undefined;
}

export interface Gateway {
  readonly url: string;
  readonly client: Client;
  /** Of the gateway, if it is one of this machine's. */
  readonly folder: DataFolder | null;
  /** Nobody named it: it is the only one that somebody has signed in to. */
  readonly onlySignIn: boolean;
}

/** Finds the gateway, does the work, and tells why where the gateway does not answer. */
export async function withGateway<Result>(
  context: Context,
  options: GatewayOptions,
  work: (gateway: Gateway) => Promise<Result>,
): Promise<Result> {
  const gateway = await findGateway(context, options);
  try {
    return await work(gateway);
  } catch (error) {
    throw explain(error, gateway, context);
  }
}

async function findGateway(context: Context, options: GatewayOptions): Promise<Gateway> {
  const { environment } = context;
  const given = options.url ?? environment["COUNTERSIGN_URL"] ?? "";
  const token = environment["COUNTERSIGN_TOKEN"] ?? "";
  const sessions = await loadSessions(context);
  if (given !== "") {
    const url = parseUrl(given);
    const folder = await localFolder(context, url);
    if (token !== "") return open(url, token, folder);
    const session = sessions[url]?.token;
    if (session !== undefined) return open(url, session, folder);
    if (folder !== null) return open(url, await readOperatorToken(folder), folder);
    await probe(url, context);
    throw noCredential(url, context);
  }
  // Not sent to whatever gateway a folder names: it is the person's, and they said nothing of that one.
  if (token !== "") {
    throw new CliError("cli.usage", "COUNTERSIGN_TOKEN is set without COUNTERSIGN_URL. Set both.");
  }

  const folder = await readDataFolder(dataDirOf(context));
  const session = folder === null ? undefined : sessions[folder.url];
  if (folder !== null && session !== undefined) return open(folder.url, session.token, folder);
  // A folder that is named is meant, whatever else one has signed in to.
  const isNamed = (environment["COUNTERSIGN_DATA"] ?? "") !== "";
  const signedIn = isNamed ? [] : Object.entries(sessions);
  const [only, ...others] = signedIn;
  if (others.length > 0) throw severalGateways(signedIn.map(([url]) => url));
  if (only !== undefined) return { ...open(only[0], only[1].token, null), onlySignIn: true };
  if (folder !== null) return open(folder.url, await readOperatorToken(folder), folder);
  throw notRunning(context);
}

/** A gateway that was given by its URL may be the one whose folder is here. */
async function localFolder(context: Context, url: string): Promise<DataFolder | null> {
  const folder = await readDataFolder(dataDirOf(context)).catch(() => null);
  return folder?.url === url ? folder : null;
}

/** Without a slash at the end, so that one gateway has one name. */
export function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.hash === "") {
    return url.href.replace(/\/+$/, "");
  }
  throw new CliError(
    "cli.usage",
    `"${text}" is not the URL of a gateway, such as https://gateway.example.`,
  );
}

const probeMs = 10_000;

/** Whether a gateway is there at all, asked without a credential of what anybody may read. */
async function probe(url: string, context: Context): Promise<void> {
  let isThere: boolean;
  try {
    const answer = await fetch(`${url}/api/v1/openapi.json`, {
      redirect: "error",
      signal: AbortSignal.timeout(probeMs),
    });
    isThere = answer.ok && /^application\/json\b/.test(answer.headers.get("content-type") ?? "");
    await answer.body?.cancel();
  } catch (cause) {
    const error = new ClientError("client.unreachable", 0, "", cause);
    throw explain(error, { url, folder: null, onlySignIn: false }, context);
  }
  if (!isThere) {
    const message = `What answers at ${url} is no gateway.`;
    throw new ClientError("client.malformed_answer", 0, message);
  }
}

function open(url: string, token: string, folder: DataFolder | null): Gateway {
  return { url, client: createClient({ url, token }), folder, onlySignIn: false };
}

function explain(
  error: unknown,
  { url, folder, onlySignIn }: Omit<Gateway, "client">,
  { command }: Context,
): unknown {
  if (!(error instanceof ClientError) || error.code !== "client.unreachable") return error;
  if (folder !== null && !isRunning(folder)) {
    const message = `The gateway of ${folder.dir} is not running any more (process ${folder.pid} has ended). Start it again with \`${command} start\`.`;
    return new CliError("cli.not_running", message, error);
  }
  const reason = causeCode(error);
  const hint = onlySignIn
    ? ` You are signed in to it: name another with --url, or forget this one with \`${command} sign-out\`.`
    : "";
  const message = `The gateway at ${url} does not answer${reason === null ? "" : ` (${reason})`}.${hint}`;
  return new ClientError(error.code, 0, message, error);
}

/** Such as ECONNREFUSED; `fetch` hides it one level down. */
function causeCode({ cause }: ClientError): string | null {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code: unknown = inner instanceof Error ? Reflect.get(inner, "code") : null;
  return typeof code === "string" ? code : null;
}

function noCredential(url: string, { command }: Context): CliError {
  const message = `There is no sign-in for ${url}. Ask an administrator for a link (\`${command} person link NAME\`) and open it with \`${command} sign-in URL\`, or set COUNTERSIGN_TOKEN.`;
  return new CliError("cli.no_credential", message);
}

function severalGateways(urls: readonly string[]): CliError {
  const message = `You are signed in to several gateways. Say which with --url: ${urls.join(", ")}.`;
  return new CliError("cli.several_gateways", message);
}

function notRunning(context: Context): CliError {
  const { command } = context;
  const message = `No gateway runs here: ${dataDirOf(context)} has none. Start one with \`${command} start\`, set COUNTERSIGN_DATA to its data folder, or sign in to one elsewhere with \`${command} sign-in URL\`.`;
  return new CliError("cli.not_running", message);
}
