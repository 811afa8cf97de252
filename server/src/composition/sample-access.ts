/** How the quickstart's sample agent comes in, and the person who answers for it: shown to any person, and renewed like any other. */
import type { Agents } from "#/identity/agents.ts";
import type { AuthenticationDeps } from "#/identity/authenticate.ts";
import { createDemoLink } from "#/identity/demo-link.ts";
import type { StatusSources } from "./status.ts";

export interface SampleAccess {
  /** One for the sample agent is what is shown from then on. */
  readonly issueToken: Agents["issueToken"];
  /** Null for every other agent. */
  readonly tokenOf: (agent: string) => string | null;
  /** Null where a configuration runs. */
  readonly shown: StatusSources["demo"];
}

/** `agent`: the sample's; null where a configuration runs. */
export async function openSampleAccess(
  agent: string | null,
  agents: Agents,
  authentication: AuthenticationDeps,
): Promise<SampleAccess> {
  const { clock, demoPerson } = authentication;
  if (agent === null || demoPerson === null) {
    return { issueToken: agents.issueToken, tokenOf: () => null, shown: () => null };
  }
  let token = await agents.issueToken(agent, clock.now());
  const link = createDemoLink(authentication, demoPerson);
  return {
    async issueToken(name, now) {
      const issued = await agents.issueToken(name, now);
      if (name === agent) token = issued;
      return issued;
    },
    tokenOf: (name) => (name === agent ? token : null),
    shown: () => ({ agent, token, link }),
  };
}
