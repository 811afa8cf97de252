/** `sign-in`, `sign-out`, `agent create`, `person link`: who may speak to a gateway. */
import { ClientError, createClient } from "@countersign/sdk/client";
import { claudeCommand, clientEntry, httpEntry } from "@countersign/sdk/client-lines";
import { safeJson, visible } from "@countersign/sdk/visible";
import type { CreatedAgent } from "@countersign/sdk/wire/agent";
import type { Context } from "../context.ts";
import { CliError, type ExitCode, exitCodes } from "../failure.ts";
import { type GatewayOptions, parseUrl, withGateway } from "../gateway.ts";
import { clockTime, duration } from "../layout.ts";
import { forgetSession, loadSessions, saveSession, sessionsFile } from "../sessions.ts";

interface JsonOption {
  readonly json?: boolean;
}

export async function signIn(
  context: Context,
  link: string,
  { json }: JsonOption,
): Promise<ExitCode> {
  const { terminal } = context;
  const { url, code } = parseLink(link);
  if (isExposed(url))
    terminal.err(`Warning: ${url} is not encrypted; others may read the session.\n`);
  const session = await createClient({ url, token: null }).signIn(code);
  await saveSession(context, url, session);
  const { person, expiresAt } = session;
  terminal.out(
    json === true
      ? `${safeJson({ url, person, expiresAt })}\n`
      : `Signed in to ${url} as ${visible(person)} until ${clockTime(expiresAt)}.\n`,
  );
  return exitCodes.done;
}

/** Ends the session at the gateway, and forgets it here, also where the gateway can't be asked. */
export async function signOut(
  context: Context,
  options: GatewayOptions & JsonOption,
): Promise<ExitCode> {
  const { terminal } = context;
  const url = await signedInUrl(context, options);
  const session = (await loadSessions(context))[url];
  if (session === undefined) {
    throw new CliError(
      "cli.no_credential",
      `There is no sign-in for ${url} in ${sessionsFile(context)}.`,
    );
  }
  if (!(await endSession(url, session.token))) {
    terminal.err(
      `The gateway could not be told. Forgotten here; it ends at ${clockTime(session.expiresAt)}.\n`,
    );
  }
  await forgetSession(context, url);
  terminal.out(options.json === true ? `${safeJson({ url })}\n` : `Signed out of ${url}.\n`);
  return exitCodes.done;
}

export function createToken(
  context: Context,
  name: string,
  options: GatewayOptions & JsonOption,
): Promise<ExitCode> {
  const { terminal } = context;
  return withGateway(context, options, async ({ client }) => {
    const created = await client.createToken(name);
    if (options.json === true) {
      terminal.out(`${safeJson(created)}\n`);
      return exitCodes.done;
    }
    terminal.out(
      `A new token for ${visible(created.name)}, shown once; an earlier one has stopped working.\n`,
    );
    terminal.out(`\n  ${visible(created.token)}\n`);
    for (const each of created.urls) terminal.out(`\n${clientLines(each, created.token)}`);
    return exitCodes.done;
  });
}

/** What to put into a client of its connection, ready to paste. */
function clientLines(
  { connection, url, kind }: CreatedAgent["urls"][number],
  token: string,
): string {
  const name = visible(connection);
  const at = visible(url);
  switch (kind) {
    case "postgres":
      return `${name}, a connection string for any client of PostgreSQL:\n\n  ${at}\n`;
    case "mcp":
      return `${name}, a tool server for a client of MCP, Claude Code or one that reads JSON:\n\n  ${claudeCommand(name, at, token)}\n  ${httpEntry(name, at, token)}\n`;
    case "mcp_client":
      return `${name}, a tool server that the agent's client starts; its own command stands in place of COMMAND:\n\n  ${clientEntry(name, at, token)}\n`;
  }
}

export function createLink(
  context: Context,
  name: string,
  options: GatewayOptions & JsonOption,
): Promise<ExitCode> {
  const { terminal, now } = context;
  return withGateway(context, options, async ({ client }) => {
    const link = await client.createLink(name);
    if (options.json === true) {
      terminal.out(`${safeJson(link)}\n`);
      return exitCodes.done;
    }
    const left = duration(Date.parse(link.expiresAt) - now());
    terminal.out(
      `For ${visible(link.person)} alone: it works once, within ${left}.\n\n  ${visible(link.url)}\n`,
    );
    terminal.out(`\nOn their machine: ${context.command} sign-in URL\n`);
    return exitCodes.done;
  });
}

/** `https://gateway.example/sign-in#CODE` */
function parseLink(link: string): { readonly url: string; readonly code: string } {
  const [page = "", code = ""] = link.trim().split("#");
  if (!page.endsWith("/sign-in") || !/^[A-Za-z0-9_-]{1,200}$/.test(code)) {
    throw new CliError(
      "cli.usage",
      "That is no sign-in link. It looks like https://gateway.example/sign-in#csl_…",
    );
  }
  return { url: parseUrl(page.slice(0, -"/sign-in".length)), code };
}

/** False where it may go on. One that the gateway does not know has ended before. */
async function endSession(url: string, token: string): Promise<boolean> {
  try {
    await createClient({ url, token }).closeSession();
    return true;
  } catch (error) {
    if (error instanceof ClientError) return error.code === "api.unauthenticated";
    throw error;
  }
}

async function signedInUrl(context: Context, { url }: GatewayOptions): Promise<string> {
  const given = url ?? context.environment["COUNTERSIGN_URL"] ?? "";
  if (given !== "") return parseUrl(given);
  const urls = Object.keys(await loadSessions(context));
  const [only, ...others] = urls;
  if (only === undefined)
    throw new CliError("cli.no_credential", "You are not signed in anywhere.");
  if (others.length === 0) return only;
  const message = `You are signed in to several gateways. Say which with --url: ${urls.join(", ")}.`;
  throw new CliError("cli.several_gateways", message);
}

function isExposed(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
