/** Which processes of a connection's server serve which agent, as long as the connection to each of them stands. */
import type { Principal } from "#/core/principal.ts";
import type { Upstream } from "./upstream/upstream.ts";

export interface AgentProcess {
  readonly principal: Principal;
  /** Ends the wait of what people are asked about in its session, where there is one. */
  readonly cancelWait: () => void;
}

export class AgentProcesses {
  readonly #byId = new Map<number, AgentProcess>();

  /** Null where it is not this very agent's, for this very person. */
  of(principal: Principal, processId: number): AgentProcess | null {
    const process = this.#byId.get(processId);
    return process !== undefined && isSame(process.principal, principal) ? process : null;
  }

  /** The result takes it back. */
  enter(processId: number, process: AgentProcess): () => void {
    this.#byId.set(processId, process);
    return () => {
      if (this.#byId.get(processId) === process) this.#byId.delete(processId);
    };
  }
}

export interface Served {
  readonly connection: { readonly processes: AgentProcesses };
  readonly upstream: Pick<Upstream, "processId" | "socket">;
  readonly principal: Principal;
}

/** What a pooler in between tells as the process is not what its server calls so: then nobody is known. */
export function knowProcess(
  { connection, upstream, principal }: Served,
  itsOwn: string | null,
  cancelWait: () => void,
): void {
  const { processId, socket } = upstream;
  if (itsOwn !== String(processId) || socket.destroyed) return;
  socket.once("close", connection.processes.enter(processId, { principal, cancelWait }));
}

function isSame(one: Principal, other: Principal): boolean {
  return one.kind === other.kind && one.name === other.name && one.onBehalfOf === other.onBehalfOf;
}
