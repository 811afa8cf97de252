/** What goes on beside a wait: the caller is told, and the review comes to say what people should know. */
import type { ReviewId } from "#/core/ids.ts";
import type { Attempt, Standing } from "#/core/protocol.ts";
import type { EnforcementDeps } from "#/enforcement/deps.ts";
import { tellWaiting } from "./tell-waiting.ts";
import type { WaitingTime, WaitingWatch } from "./waiting.ts";
import { watchEffect } from "./watch-effect.ts";
import { watchTouched } from "./watch-touched.ts";
import { watchTransaction } from "./watch-transaction.ts";

export function watchWaiting(
  id: ReviewId,
  attempt: Attempt,
  standing: Standing,
  time: WaitingTime,
  deps: EnforcementDeps,
): WaitingWatch {
  const transaction = watchTransaction(id, attempt, standing.transaction, deps);
  const effect = watchEffect(id, attempt, deps);
  const touched = watchTouched(id, attempt, deps);
  const telling = tellWaiting(attempt, standing, time, () => transaction.look(), deps);
  const pause = () => {
    telling.pause();
    effect.stop();
    touched.stop();
  };
  return {
    ...effect,
    look(review) {
      telling.tell(review);
      effect.look(review);
      touched.look(review);
    },
    measure(review) {
      transaction.look();
      return effect.measure(review);
    },
    pause,
    close() {
      pause();
      transaction.stop();
    },
  };
}
