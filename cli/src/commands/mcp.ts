/** `mcp`: a tool server's stand-in for a client that can only start one and speak to it on standard input and output. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { Context } from "../context.ts";
import { dataDirOf, readDataFolder } from "../data-folder.ts";
import { CliError, type ExitCode, exitCodes, unreadableFile } from "../failure.ts";
import { parseUrl } from "../gateway.ts";
import { type BridgeEnd, runBridge } from "../mcp/bridge.ts";
import { gatewayHttp } from "../mcp/gateway-http.ts";
import {
  type LocalEnd,
  type LocalServer,
  serverHeader,
  startLocalServer,
} from "../mcp/local-server.ts";
import { lineBytesMax, readLines } from "../mcp/read-lines.ts";

export interface McpOptions {
  readonly connection: string;
  readonly url?: string;
  readonly tokenFile?: string;
}

/** `command`: a server to start on this machine, whose messages pass the gateway; empty: the connection's own. */
export async function mcp(
  context: Context,
  { connection, ...options }: McpOptions,
  command: readonly string[],
): Promise<ExitCode> {
  const { environment, terminal } = context;
  const url = new URL(
    `${await gatewayUrl(context, options.url)}/mcp/${encodeURIComponent(connection)}`,
  );
  const gateway = gatewayHttp({ url, token: await agentToken(context, options.tokenFile) });
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, stop);

  const [program, ...args] = command;
  let local: Promise<LocalServer> | null = null;
  const { promise: lost, resolve: lose } = Promise.withResolvers<void>();
  let localEnd: LocalEnd | null = null;
  /** Started by the first request that finds the gateway. */
  const startLocal = (): Promise<LocalServer> => {
    if (local !== null) return local;
    const starting = startLocalServer(
      [program ?? "", ...args],
      environment,
      gateway,
      stopping.signal,
    );
    local = starting;
    starting.then(
      async ({ ended }) => {
        localEnd = await ended;
        lose();
      },
      () => {
        local = null;
      },
    );
    return starting;
  };
  const unread = new AbortController();
  const end = await runBridge(
    readLines(context.pieces(unread.signal), lineBytesMax),
    {
      url,
      gateway,
      headers: async () =>
        program === undefined ? {} : { [serverHeader]: (await startLocal()).id },
      lost,
      say: (line) => context.output(Buffer.from(`${line.replaceAll(/[\r\n]/g, " ")}\n`)),
    },
    stopping.signal,
  );
  unread.abort();
  const server = await (local as Promise<LocalServer> | null)?.catch(() => null);
  server?.stop();
  await server?.ended;
  gateway.close();
  const why = reasonOf(end, localEnd);
  if (why === null) return exitCodes.done;
  terminal.err(`countersign: ${why}\n`);
  return exitCodes.unreachable;
}

/** Null: as it should. */
function reasonOf(end: BridgeEnd, local: LocalEnd | null): string | null {
  if (end === "session_over") return "The session at the gateway is over.";
  if (end !== "lost") return null;
  switch (local?.kind) {
    case undefined:
      return null;
    case "exited":
      return `The tool server has ended (${local.signal ?? `exit code ${String(local.code)}`}).`;
    case "not_started":
      return `The tool server's command can't be started (${local.reason}).`;
    case "gateway_lost":
      return "The gateway has ended the connection, and the tool server with it.";
  }
}

async function gatewayUrl(context: Context, given: string | undefined): Promise<string> {
  const named = given ?? context.environment["COUNTERSIGN_URL"] ?? "";
  if (named !== "") return parseUrl(named);
  const folder = await readDataFolder(dataDirOf(context));
  if (folder !== null) return folder.url;
  throw new CliError("cli.usage", "Say which gateway: --url or COUNTERSIGN_URL.");
}

/** Not an argument: those can be read by everybody on the machine. */
async function agentToken(context: Context, file: string | undefined): Promise<string> {
  const named = file ?? context.environment["COUNTERSIGN_AGENT_TOKEN_FILE"] ?? "";
  const token =
    named === ""
      ? (context.environment["COUNTERSIGN_AGENT_TOKEN"] ?? "")
      : await readToken(path.resolve(context.folder, named));
  // RFC 6750 §2.1; anything else could not stand in a header.
  if (/^[\w.~+/-]+=*$/.test(token)) return token;
  const message =
    token === ""
      ? "Set the agent's token: COUNTERSIGN_AGENT_TOKEN, or a file by --token-file."
      : "The agent's token holds characters that no token has.";
  throw new CliError("cli.no_credential", message);
}

const othersMode = 0o077;

async function readToken(file: string): Promise<string> {
  try {
    const { mode } = await stat(file);
    if (process.platform !== "win32" && (mode & othersMode) !== 0) {
      throw new CliError("cli.unsafe_file", `Others can read ${file}. Run: chmod 600 ${file}`);
    }
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw error instanceof CliError ? error : unreadableFile(file, error);
  }
}
