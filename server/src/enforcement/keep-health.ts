/**
 * What is known of a connection's upstream: from every session that was opened with it or could not be, whoever
 * asked for it, and from tests where nobody asks.
 */
import { type ErrorCode, GatewayError } from "#/core/errors.ts";
import type { Health } from "#/core/health.ts";
import type { Clock } from "#/platform/clock.ts";
import { isUpstreamLost } from "./refusals.ts";

/** Between two tests of one connection; who asks sooner gets what the last one found. */
const testEveryMs = 5_000;
/** Between two words to the log of one kind of failure, however often the upstream comes and goes meanwhile. */
const tellEveryMs = 60_000;
/** After so long without a word it is tested. */
export const healthAgeMaxMs = 10 * 60_000;

export interface HealthKeeper {
  current(): Health;
  /** A session was opened, or an answer came. `serverVersion`: as the server says it, where it does. */
  reached(serverVersion: string | null): void;
  /** No session could be opened, or the role may not be used. */
  failed(failure: GatewayError): void;
  /** Tests it, unless that was just done; several who ask at a time get one test. Never rejects. */
  test(): Promise<Health>;
  /** Whether it should be tried: it fails, or nothing was heard of it for long. */
  isDue(): boolean;
}

export interface HealthSources {
  readonly clock: Clock;
  /** Opens a session that may be used, and closes it; rejects with the reason. */
  readonly probe: () => Promise<void>;
  /** When it begins to fail, or fails otherwise, whoever found that: the reason is the log's to tell. */
  readonly onFailed: (failure: GatewayError) => void;
}

export function keepHealth({ clock, probe, onFailed }: HealthSources): HealthKeeper {
  let health: Health = {
    state: "unknown",
    since: null,
    heardAt: null,
    failure: null,
    serverVersion: null,
  };
  let testing: Promise<Health> | null = null;
  let testedAt = Number.NEGATIVE_INFINITY;
  const toldAt = new Map<ErrorCode, number>();

  const hear = (heard: Pick<Health, "state" | "failure" | "serverVersion">) => {
    const now = clock.now();
    const since = heard.state === health.state ? health.since : now;
    health = { ...heard, since, heardAt: now };
  };
  const failed = (failure: GatewayError) => {
    const { code, message } = failure;
    if (!isOfUpstream(code)) return;
    const isNew = code !== health.failure?.code;
    hear({ state: "failing", failure: { code, message }, serverVersion: health.serverVersion });
    const now = clock.now();
    if (!isNew || now - (toldAt.get(code) ?? Number.NEGATIVE_INFINITY) < tellEveryMs) return;
    toldAt.set(code, now);
    onFailed(failure);
  };
  const run = async () => {
    try {
      await probe();
    } catch (error) {
      // What can't even be recorded is not tried, and says nothing of the upstream.
      if (error instanceof GatewayError) failed(error);
    }
    return health;
  };

  return {
    current: () => health,
    reached(serverVersion) {
      hear({ state: "reachable", failure: null, serverVersion });
    },
    failed,
    test() {
      if (testing !== null) return testing;
      if (clock.now() - testedAt < testEveryMs) return Promise.resolve(health);
      testedAt = clock.now();
      testing = run().finally(() => {
        testing = null;
      });
      return testing;
    },
    isDue: () =>
      health.state === "failing" ||
      health.heardAt === null ||
      clock.now() - health.heardAt >= healthAgeMaxMs,
  };
}

/** A failure of the gateway's own bounds says nothing of the upstream. */
function isOfUpstream(code: ErrorCode): boolean {
  return isUpstreamLost(code) && code !== "upstream.busy";
}
