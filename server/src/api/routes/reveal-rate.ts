/** How often a person reveals: few values at a time are looked at by somebody who decides, and many by somebody who collects. */
import { GatewayError } from "#/core/errors.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Clock } from "#/platform/clock.ts";

/** By one person, of all reviews. */
const revealsPerMinuteMax = 30;
const revealsWindowMs = 60_000;

/** Throws where it is one too many. People are few: those of the configuration. */
export function createRevealRate(clock: Clock): (person: PersonId) => void {
  const times = new Map<PersonId, readonly number[]>();
  return (person) => {
    const now = clock.now();
    const recent = (times.get(person) ?? []).filter((time) => time > now - revealsWindowMs);
    if (recent.length >= revealsPerMinuteMax) {
      const message = `A person may reveal ${revealsPerMinuteMax} values in a minute. Wait a little.`;
      throw new GatewayError("review.too_many_reveals", message);
    }
    times.set(person, [...recent, now]);
  };
}
