/** One configured connection to a tool server, and what its clients share. */
import type { McpResource } from "#/core/action.ts";
import { causeText } from "#/core/errors.ts";
import type { ToolClass } from "#/core/facts.ts";
import type { Secret } from "#/core/secret.ts";
import type { ToolPins } from "#/core/tool-pin.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { endRejected } from "#/enforcement/end-rejected.ts";
import { type HealthKeeper, keepHealth } from "#/enforcement/keep-health.ts";
import { recordOwn } from "#/enforcement/record-own.ts";
import type { Finder } from "#/masking/finder.ts";
import type { SessionVaults } from "#/masking/replacement/pseudonyms.ts";
import { openToolBook, type ToolBook } from "./definitions/tool-book.ts";
import type { FaultsOf } from "./edit/edit-call.ts";
import { type AnswerMasker, createAnswerMasker } from "./masked/answer-masker.ts";
import { type CredentialScrub, credentialScrub } from "./masked/credential.ts";
import { ownAction } from "./to-action.ts";
import { type Tools, toolsOf } from "./tools.ts";
import type { Upstream } from "./upstream/upstream.ts";

export interface McpConnection {
  readonly resource: McpResource;
  readonly upstream: Upstream;
  readonly health: HealthKeeper;
  readonly tools: Tools;
  readonly listing: ToolListing;
  /** The same for people. */
  readonly book: ToolBook;
  /** What the server may ask of clients. */
  readonly allow: { readonly sampling: boolean; readonly elicitation: boolean };
  /** Takes the gateway's own credential out of what the server says. */
  readonly scrub: CredentialScrub;
  /** For what no rule masks: that credential alone. */
  readonly unmasked: AnswerMasker;
  readonly masking: AnswerMasking;
  /** In words, for whoever edits a call. */
  readonly faultsOf: FaultsOf;
}

/** The gateway's own look at what a server offers. */
export interface ToolListing {
  /** When it was looked at last; null: it is to be looked at before the next call. */
  at: number | null;
  going: Promise<void> | null;
  /** What is under way looks at what has changed: until it has, nobody goes by what was known. */
  isRenewing: boolean;
}

export interface AnswerMasking {
  readonly finder: () => Finder;
  readonly hashKey: Uint8Array;
  readonly vaults: SessionVaults;
}

export interface McpConnectionOptions {
  readonly name: string;
  readonly environment: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tools: Readonly<Record<string, ToolClass>>;
  readonly allow: McpConnection["allow"];
  readonly upstream: Upstream;
  readonly secrets: readonly Secret[];
  readonly pins: ToolPins;
  readonly faultsOf: FaultsOf;
}

export async function mcpConnection(
  options: McpConnectionOptions,
  enforcement: EnforcementDeps,
  masking: AnswerMasking,
): Promise<McpConnection> {
  const {
    name,
    environment,
    labels,
    upstream,
    allow,
    secrets,
    pins,
    faultsOf,
    tools: owner,
  } = options;
  const { clock, log } = enforcement;
  const resource: McpResource = {
    kind: "mcp",
    connection: name,
    environment,
    labels,
    endpoint: upstream.endpoint,
  };
  const probe = async () => {
    // It is for agents' clients to start, which is no failure, and says nothing else either.
    if (!upstream.isThere()) return;
    await recordOwn(ownAction(resource, "server/discover", clock.now()), enforcement);
    await upstream.probe(new AbortController().signal);
    health.reached(null);
  };
  const onFailed: Parameters<typeof keepHealth>[0]["onFailed"] = (failure) => {
    const { code, message: reason } = failure;
    const said = causeText(failure);
    const cause = scrub.scrub(said) ?? said;
    log.warn("connection.failed", { connection: name, code, reason, cause });
  };
  const health = keepHealth({ clock, probe, onFailed });
  const scrub = credentialScrub(
    secrets.map((secret) => secret.reveal()),
    upstream.tokens,
  );
  const onRejected = (tool: string, person: string) =>
    endRejected({ connection: name, tool, person }, enforcement);
  const book = await openToolBook({ connection: name, owner, pins, clock, log, onRejected });
  return {
    resource,
    upstream,
    health,
    tools: toolsOf({ book, scrub, log, connection: name }),
    listing: { at: null, going: null, isRenewing: false },
    book,
    allow,
    scrub,
    unmasked: createAnswerMasker({ masks: null, scrub, outputSchema: null }),
    masking,
    faultsOf,
  };
}
