/**
 * Whether the browser is signed in, as far as the gateway's answers tell; and where one wanted to go.
 *
 * Guarantees that a lost session is only noted: the page stays mounted, and so does a comment in it.
 */
export interface Session {
  readonly isSignedOut: () => boolean;
  /** Some answer was a 401. */
  readonly lose: () => void;
  readonly regain: () => void;
  readonly subscribe: (listener: () => void) => () => void;
  /** For the link that is opened next, perhaps in another tab. */
  readonly wantTo: (path: string) => void;
  /** Once, and only while it is fresh. */
  readonly takeWanted: (now: number) => string | null;
}

export const wantedMs = 30 * 60_000;
const wantedKey = "countersign.wanted";

export function createSession(storage: Storage, now: () => number = Date.now): Session {
  let signedOut = false;
  const listeners = new Set<() => void>();
  const set = (value: boolean) => {
    if (signedOut === value) return;
    signedOut = value;
    for (const listener of listeners) listener();
  };
  return {
    isSignedOut: () => signedOut,
    lose: () => set(true),
    regain: () => set(false),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    wantTo(path) {
      try {
        storage.setItem(wantedKey, JSON.stringify({ path, at: now() }));
      } catch {
        // Without storage one lands in the inbox.
      }
    },
    takeWanted(at) {
      try {
        const text = storage.getItem(wantedKey);
        storage.removeItem(wantedKey);
        return text === null ? null : freshPath(JSON.parse(text), at);
      } catch {
        return null;
      }
    },
  };
}

/** A path of the console itself and of nothing else. */
function freshPath(wanted: unknown, now: number): string | null {
  if (typeof wanted !== "object" || wanted === null) return null;
  const { path, at } = wanted as { readonly path?: unknown; readonly at?: unknown };
  if (typeof path !== "string" || typeof at !== "number") return null;
  const isOwn = /^\/(?![/\\])/.test(path) && !path.startsWith("/sign-in");
  return isOwn && now - at < wantedMs && at <= now ? path : null;
}
