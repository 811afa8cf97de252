/**
 * Cancel requests: a client proves with the key of its session that it may cancel it.
 *
 * The keys are the gateway's own, so that nobody learns the upstream's; the number of the process is the upstream's, as clients know
 * their sessions by it (`pg_stat_activity`, `pg_cancel_backend`).
 */
import { randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import type { CancelRequest, ProtocolMinor } from "#/proxies/postgres/wire/codec-startup.ts";

export interface CancelKey {
  readonly processId: number;
  readonly secret: Buffer;
}

export class CancelKeys {
  #sessions = new Map<number, { readonly secret: Buffer; readonly cancel: () => void }>();

  /** Another number where a session with another upstream has that one, or there is none. */
  issue(minor: ProtocolMinor, upstreamProcess: number, cancel: () => void): CancelKey {
    let processId = upstreamProcess > 0 ? upstreamProcess : randomInt(1, processIdMax);
    while (this.#sessions.has(processId)) processId = randomInt(1, processIdMax);
    const secret = randomBytes(minor === 0 ? 4 : 32);
    this.#sessions.set(processId, { secret, cancel });
    return { processId, secret };
  }

  revoke({ processId }: CancelKey): void {
    this.#sessions.delete(processId);
  }

  /** There is no answer, whether it fits or not. */
  request({ processId, secret }: CancelRequest): void {
    const session = this.#sessions.get(processId);
    if (session === undefined || session.secret.length !== secret.length) return;
    if (timingSafeEqual(session.secret, secret)) session.cancel();
  }
}

const processIdMax = 2 ** 31 - 1;
