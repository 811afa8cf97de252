/** A configured command as an upstream: what its servers get, and what of their words the gateway's log may hold. */
import type { Secret } from "#/core/secret.ts";
import type { Finder } from "#/masking/finder.ts";
import { maskText } from "#/masking/mask-text.ts";
import { redact } from "#/masking/replacement/replace.ts";
import { createCredentialScrub } from "#/proxies/mcp/masked/credential.ts";
import type { Upstream } from "#/proxies/mcp/upstream/upstream.ts";
import { serverEnvironment } from "./process/environment.ts";
import { createProgramNotes } from "./process/program-notes.ts";
import { type ServerProcessDeps, startServerProcess } from "./process/server-process.ts";
import { type StdioUpstreamDeps, stdioUpstream } from "./stdio-upstream.ts";

export interface StartedServersOptions {
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string | Secret>>;
  readonly folder: string;
}

export interface StartedServersDeps
  extends Omit<ServerProcessDeps, "show" | "notes">,
    Omit<StdioUpstreamDeps, "start" | "notes"> {
  /** The gateway's own environment, of which a few are passed on. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Masks what servers say to the log. No server starts before it is there. */
  readonly finder: () => Promise<Finder>;
}

export function startedServers(
  { command, environment, folder }: StartedServersOptions,
  deps: StartedServersDeps,
): Upstream {
  const values = Object.entries(environment);
  const configured = values.map(([name, value]) => [name, textOf(value)] as const);
  const secrets = values.flatMap(([, value]) =>
    typeof value === "string" ? [] : [value.reveal()],
  );
  const order = {
    command,
    environment: serverEnvironment(deps.environment, Object.fromEntries(configured)),
    folder,
  };
  const { scrub } = createCredentialScrub(secrets);
  const notes = createProgramNotes(deps.clock);
  return stdioUpstream(command, {
    ...deps,
    notes,
    async start(events) {
      const finder = await deps.finder();
      const show = (line: string) => maskText(finder, redact, scrub(line) ?? line).text;
      return await startServerProcess(order, events, { ...deps, notes, show });
    },
  });
}

function textOf(value: string | Secret): string {
  return typeof value === "string" ? value : value.reveal();
}
