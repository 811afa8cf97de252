/**
 * What a client may say to its server undecided, in words of its own, since a server can't do without: who it is and what it can, which folders
 * it works in. Those don't change often, so few wordings pass, and an agent that would tell a server something by them has said it soon.
 */
export interface Wordings {
  /** Whether it is one of the few; texts that are bounded. */
  admit(text: string, now: number): boolean;
}

/** Of one agent on one connection. One more does not pass. */
const wordingsMax = 8;
/** From its last use on, after which another one has its place. */
const wordingLifeMs = 12 * 60 * 60_000;

export function createWordings(): Wordings {
  const usedAt = new Map<string, number>();
  return {
    admit(text, now) {
      if (!usedAt.has(text) && usedAt.size >= wordingsMax) {
        for (const [other, at] of usedAt) if (now - at >= wordingLifeMs) usedAt.delete(other);
        if (usedAt.size >= wordingsMax) return false;
      }
      usedAt.set(text, now);
      return true;
    },
  };
}
