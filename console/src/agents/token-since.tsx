import type { Agent } from "@countersign/sdk/wire/agent";
import { dateTime } from "../text/times.ts";

export function TokenSince({ agent }: { readonly agent: Pick<Agent, "tokenSince"> }) {
  if (agent.tokenSince === null) return "no token yet";
  return (
    <>
      token since{" "}
      <time dateTime={agent.tokenSince} title={dateTime(agent.tokenSince)}>
        {dateTime(agent.tokenSince)}
      </time>
    </>
  );
}
