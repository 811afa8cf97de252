/**
 * Counts failures by key, within a window of time and a bounded memory.
 *
 * A key is an address, or a sign-in link that is known and no longer valid. What is counted are failures
 * alone: a valid credential from an address that fails is still served, so that nobody can keep people from
 * deciding by failing beside them.
 */
import { isIPv6 } from "node:net";
import type { Clock } from "#/platform/clock.ts";

export const attemptsMax = 20;
export const attemptsWindowMs = 60_000;
export const attemptKeysMax = 10_000;

export interface Attempts {
  /** Counts one more. */
  failed(key: string): void;
  /** Whether so many have failed that no more is said or done about it until the window ends. */
  exhausted(key: string): boolean;
}

export function createAttempts(clock: Clock): Attempts {
  const windows = new Map<string, { readonly endsAt: number; readonly count: number }>();
  const countOf = (key: string) => {
    const window = windows.get(key);
    return window === undefined || window.endsAt <= clock.now() ? null : window;
  };
  return {
    failed(key) {
      const { endsAt, count } = countOf(key) ?? {
        endsAt: clock.now() + attemptsWindowMs,
        count: 0,
      };
      // Again at the end, so that the one that has failed least lately makes room.
      windows.delete(key);
      windows.set(key, { endsAt, count: count + 1 });
      const [oldest] = windows.keys();
      if (windows.size > attemptKeysMax && oldest !== undefined) windows.delete(oldest);
    },
    exhausted: (key) => (countOf(key)?.count ?? 0) >= attemptsMax,
  };
}

/** One key for each host: of IPv6 the network of 64 bits, all of whose addresses one host may have. */
export function addressKey(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1] !== undefined) return mapped[1];
  const [before = "", after] = address.split("::");
  const left = groupsOf(before);
  const right = groupsOf(after ?? "");
  const gap = after === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: gap }, () => "0"), ...right];
  return groups.slice(0, 4).join(":").toLowerCase();
}

function groupsOf(text: string): readonly string[] {
  return text.split(":").filter((group) => group !== "");
}
