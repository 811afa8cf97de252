/** What a running gateway does again and again, besides what it is asked for. Each returns what ends it. */
import { errorCodeOf } from "#/core/errors.ts";
import type { HealthKeeper } from "#/enforcement/keep-health.ts";
import { labelKeptEveryMs, labelLifetimeMs } from "#/enforcement/kept-labels.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import type { ReviewDeps } from "#/review/life.ts";
import { expireDue } from "#/review/settle.ts";
import type { Store } from "#/store/store.ts";
import type { IdentityKeeper } from "#/tls/server-identity.ts";
import { logIdentity } from "./listener-identity.ts";
import type { StoredVaults } from "./session-vaults.ts";

const sweepMs = 1000;
const purgeEveryMs = 10 * 60 * 1000;
const erasureEveryMs = 60 * 1000;
const linksKeptMs = 24 * 60 * 60 * 1000;
const certificateReloadMs = 60 * 1000;
const healthEveryMs = 60 * 1000;
const healthTestsAtOnceMax = 4;

/** Time passes for reviews too: what is due expires within a second. */
export function startSweep(reviews: ReviewDeps, clock: Clock, log: Log): () => Promise<void> {
  return repeat(sweepMs, clock, () => expireDue(reviews).catch(() => log.warn("sweep.failed")));
}

/** Links are kept a while, so that whoever comes late hears why theirs does not work. */
export function startPurge(store: Store, clock: Clock, log: Log): () => Promise<void> {
  return repeat(purgeEveryMs, clock, () => {
    const now = clock.now();
    return store.purgeSignIns(now, now - linksKeptMs).catch(() => log.warn("purge.failed"));
  });
}

/** What was read so long ago that it counts for nothing any more. */
export function startForgetting(store: Store, clock: Clock, log: Log): () => Promise<void> {
  return repeat(purgeEveryMs, clock, () =>
    store
      .forgetLabels(clock.now() - labelLifetimeMs - labelKeptEveryMs)
      .catch(() => log.warn("labels.unforgotten")),
  );
}

/** What pseudonyms stood for is erased when its lifetime is over, within a minute. */
export function startErasure(vaults: StoredVaults, clock: Clock, log: Log): () => Promise<void> {
  return repeat(erasureEveryMs, clock, () =>
    vaults.endDue().catch(() => log.warn("erasure.failed")),
  );
}

/** A renewed certificate is taken over without a restart; one that can't be used leaves the old one. */
export function startReload(identity: IdentityKeeper, clock: Clock, log: Log): () => Promise<void> {
  return repeat(certificateReloadMs, clock, async () => {
    try {
      if (identity.reload() === "changed") logIdentity(identity.current(), clock.now(), log);
    } catch (error) {
      log.warn("certificate.kept", { code: errorCodeOf(error) });
    }
  });
}

/**
 * Tests each connection at once, so that whoever starts the gateway hears of a wrong password, and not only the
 * first agent; later those that fail, and those of which nothing was heard for long. A few at a time.
 */
export function startHealth(
  connections: readonly { readonly health: HealthKeeper }[],
  clock: Clock,
): () => Promise<void> {
  const testDue = async () => {
    const due = connections.filter(({ health }) => health.isDue());
    for (let at = 0; at < due.length; at += healthTestsAtOnceMax) {
      await Promise.all(
        due.slice(at, at + healthTestsAtOnceMax).map(({ health }) => health.test()),
      );
    }
  };
  void testDue();
  return repeat(healthEveryMs, clock, testDue);
}

/** Each time so long after the last one has ended. */
function repeat(everyMs: number, clock: Clock, work: () => Promise<unknown>): () => Promise<void> {
  let stop = () => {};
  let ended = false;
  const run = async () => {
    await work();
    if (!ended) stop = clock.after(everyMs, () => void run());
  };
  stop = clock.after(everyMs, () => void run());
  return async () => {
    ended = true;
    stop();
  };
}
