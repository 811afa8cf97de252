/**
 * The agents of an installation: declared in the configuration, with a token that only they know.
 *
 * The token serves as password on database connections (kept as a SCRAM verifier) and as bearer token (kept
 * as a hash). A new one replaces the old.
 */
import { randomBytes } from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Principal } from "#/core/principal.ts";
import type { Store } from "#/store/store.ts";
import type { AgentCredential } from "#/store/stored.ts";
import type { People } from "./people.ts";
import { formatVerifier, iterationsMin, makeVerifier } from "./scram-keys.ts";
import { newToken, tokenHash } from "./tokens.ts";

/** What is heard by whoever came with a token that was replaced. */
export const tokenReplaced = "The agent has a new token since. Sign in with that one.";

export interface ConfiguredAgent {
  readonly name: string;
  readonly owner: string | null;
  readonly groups: readonly string[];
}

export interface DeclaredAgent extends ConfiguredAgent {
  /** When it got its token, in milliseconds; null before it has one. */
  readonly tokenSince: number | null;
}

export interface KnownAgent {
  readonly principal: Principal;
  readonly scramVerifier: string;
}

export interface Agents {
  /** An agent that is declared and has a token. */
  find(name: string): KnownAgent | null;
  byToken(token: string): KnownAgent | null;
  /** A new token for a declared agent; shown to the caller and nowhere else. */
  issueToken(name: string, now: number): Promise<string>;
  /** An agent of the configuration, whether it has a token or not. */
  declared(name: string): DeclaredAgent | null;
  readonly names: readonly string[];
}

export async function loadAgents(
  configured: readonly ConfiguredAgent[],
  people: People,
  store: Pick<Store, "agents" | "saveAgent">,
): Promise<Agents> {
  const declared = new Map(configured.map((agent) => [agent.name, agent]));
  const credentials = new Map((await store.agents()).map((each) => [each.name, each]));
  const byHash = new Map([...credentials.values()].map((each) => [each.tokenHash, each]));
  /** The same object for as long as it is the same: others remember by it what they know of an agent. */
  const principals = new Map(configured.map((agent) => [agent.name, principalOf(agent, people)]));
  const known = (credential: AgentCredential | undefined): KnownAgent | null => {
    const principal = credential === undefined ? undefined : principals.get(credential.name);
    if (credential === undefined || principal === undefined) return null;
    return { principal, scramVerifier: credential.scramVerifier };
  };
  return {
    names: [...declared.keys()],
    declared(name) {
      const agent = declared.get(name);
      if (agent === undefined) return null;
      return { ...agent, tokenSince: credentials.get(name)?.createdAt ?? null };
    },
    find: (name) => known(credentials.get(name)),
    // A hash of 256 random bits: how long it takes to find says nothing of a token.
    byToken: (token) => known(byHash.get(tokenHash(token))),
    async issueToken(name, now) {
      const agent = declared.get(name);
      if (agent === undefined) {
        const message = `No agent is called "${name}"; declare it under \`agents:\` in the configuration first.`;
        throw new GatewayError("identity.unknown_agent", message);
      }
      const token = newToken("agent");
      const cost = { salt: randomBytes(16), iterations: iterationsMin };
      const credential: AgentCredential = {
        name,
        owner: ownerOf(agent, people),
        scramVerifier: formatVerifier(await makeVerifier(token, cost)),
        tokenHash: tokenHash(token),
        createdAt: now,
      };
      const record = { type: "agent.enrolled", at: now, action: null, review: null } as const;
      const body = { agent: name, owner: credential.owner };
      await store.saveAgent(credential, [{ ...record, body, payload: null }]);
      byHash.delete(credentials.get(name)?.tokenHash ?? "");
      byHash.set(credential.tokenHash, credential);
      credentials.set(name, credential);
      return token;
    },
  };
}

function principalOf(agent: ConfiguredAgent, people: People): Principal {
  const owner = ownerOf(agent, people);
  return {
    kind: "agent",
    name: agent.name,
    groups: agent.groups,
    onBehalfOf: null,
    people: owner === null ? [] : [owner],
  };
}

function ownerOf({ owner }: ConfiguredAgent, people: People): PersonId | null {
  return owner === null ? null : (people.byName(owner)?.id ?? null);
}
