/** From the domain to the wire: the one picture of a running gateway, as far as its reader may see it. */
import type { Status } from "@countersign/sdk/wire/status";
import type { Caller } from "#/identity/caller.ts";
import { presentTimeOrNull } from "./present-time.ts";

/** An agent learns that the gateway is there and where; not of other agents, and no credential. */
export function presentStatus(gateway: Omit<Status, "caller">, caller: Caller): Status {
  const status = { ...gateway, caller: presentCaller(caller) };
  if (caller.kind !== "agent") return status;
  return {
    ...status,
    console: { ...status.console, signIn: null },
    connections: status.connections.map((connection) => ({
      ...connection,
      health: null,
      agents: connection.agents
        .filter(({ name }) => name === caller.principal.name)
        .map(({ name }) => ({ name, url: null, token: null })),
    })),
  };
}

function presentCaller(caller: Caller): Status["caller"] {
  switch (caller.kind) {
    case "person":
      return {
        kind: "person",
        name: caller.person.name,
        groups: caller.person.groups,
        administrator: caller.administrator,
        signedInUntil: presentTimeOrNull(caller.session?.expiresAt ?? null),
      };
    case "operator":
      return {
        kind: "operator",
        name: null,
        groups: [],
        administrator: true,
        signedInUntil: null,
      };
    case "agent":
      return {
        kind: "agent",
        name: caller.principal.name,
        groups: caller.principal.groups,
        administrator: false,
        signedInUntil: null,
      };
  }
}
