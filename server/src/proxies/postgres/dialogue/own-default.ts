/**
 * `default_transaction_read_only` of a session with the upstream: the client's own, and the gateway's lock in its place, which is on
 * whenever a statement that is let through as a read starts its own transaction, so that the server itself refuses a write (SEMANTICS §4).
 *
 * Guarantees that what is not locked runs under the client's own default, whether its role came with it or it has set it since: the server
 * says whenever it changes, and whatever may change it runs unlocked, so that the two are not mistaken for each other.
 */

export type ReadOnlyDefault = "on" | "off";

export const readOnlySetting = "default_transaction_read_only";

export class OwnDefault {
  #own: ReadOnlyDefault;
  #isLocked = false;
  /** Somebody may have changed what was set last. */
  #isSure = false;

  /** As the server had it when the session began. */
  constructor(began: string | undefined) {
    this.#own = began === "on" ? "on" : "off";
  }

  /** What has to be set so that the lock is on, or off; null where it is so. */
  turn(lock: boolean): ReadOnlyDefault | null {
    if (this.#isSure && this.#isLocked === lock) return null;
    this.#isSure = true;
    this.#isLocked = lock;
    return lock ? "on" : this.#own;
  }

  /** What the server says that it has become. Whether that is for the client to hear. */
  reported(value: string): boolean {
    // Somebody has taken the lock off in what counted as a read. It comes back, and what the client had stays.
    if (this.#isLocked) {
      if (value !== "on") this.#isSure = false;
      return false;
    }
    const before = this.#own;
    this.#own = value === "on" ? "on" : "off";
    return this.#own !== before;
  }

  doubted(): void {
    this.#isSure = false;
  }
}
