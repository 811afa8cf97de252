/** Writes the same thing again and again, one write at a time: whoever asks during a write shares the next one. */
export interface OneAtATime {
  /** Resolves when a write that began after this has ended. */
  ask(): Promise<void>;
  /** The end of the last write that was asked for; null where none is under way. */
  pending(): Promise<void> | null;
}

/** `write` has to read the state that it writes before it first waits. */
export function oneAtATime(write: () => Promise<void>): OneAtATime {
  let going: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const begin = (): Promise<void> => {
    const one = write();
    going = one;
    const ended = () => {
      if (going === one) going = null;
    };
    void one.then(ended, ended);
    return one;
  };
  return {
    ask() {
      if (next !== null) return next;
      if (going === null) return begin();
      const after = () => {
        next = null;
        return begin();
      };
      next = going.then(after, after);
      next.catch(() => {});
      return next;
    },
    pending: () => next ?? going,
  };
}
