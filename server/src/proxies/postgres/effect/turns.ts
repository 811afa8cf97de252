/** Who of several may go on: so many at a time, the others in the order in which they came. */
export interface Turns {
  readonly atOnceMax: number;
  readonly waitingMax: number;
  running: number;
  readonly waiting: (() => void)[];
}

export function createTurns(bounds: Pick<Turns, "atOnceMax" | "waitingMax">): Turns {
  return { ...bounds, running: 0, waiting: [] };
}

/** Resolves with what ends the turn; null where too many wait. Rejects with the reason of an abort. */
export async function waitTurn(turns: Turns, signal: AbortSignal): Promise<(() => void) | null> {
  signal.throwIfAborted();
  const { waiting } = turns;
  if (turns.running >= turns.atOnceMax) {
    if (waiting.length >= turns.waitingMax) return null;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      const at = waiting.indexOf(resolve);
      // Its turn may have come in the same moment; then it ends that turn itself.
      if (at >= 0) waiting.splice(at, 1);
      reject(signal.reason);
    };
    waiting.push(resolve);
    signal.addEventListener("abort", leave, { once: true });
    await promise;
    signal.removeEventListener("abort", leave);
  } else {
    turns.running += 1;
  }
  return () => {
    // The place goes on to the next one, and is free only where nobody waits.
    const next = waiting.shift();
    if (next === undefined) turns.running -= 1;
    else next();
  };
}
