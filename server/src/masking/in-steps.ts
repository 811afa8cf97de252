/** Long work in short steps, so that others get their turn between them. */

/** Goes on with each `next`. */
export type InSteps<Result> = Generator<undefined, Result, undefined>;

export interface Growing<Result> {
  /** What it is when it is finished. What is left of the work is done here. */
  readonly get: () => Result;
  /** The same without holding up others: a step in each turn that `later` gives. */
  readonly wait: (later: (step: () => void) => void) => Promise<Result>;
  /** A step in each turn that `later` gives, until it is finished, which is told, or stopped. */
  readonly start: (later: (step: () => void) => void, finished?: () => void) => () => void;
}

export function atOnce<Result>(steps: InSteps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Nothing is begun before it is started or asked for. */
export function growing<Result>(make: () => InSteps<Result>): Growing<Result> {
  let steps: InSteps<Result> | null = null;
  let made: { readonly result: Result } | null = null;
  const goOn = (): { readonly result: Result } | null => {
    if (made !== null) return made;
    steps ??= make();
    try {
      const step = steps.next();
      if (step.done === true) made = { result: step.value };
    } catch (error) {
      // What has failed is no result: who asks again gets the failure again.
      steps = null;
      throw error;
    }
    return made;
  };
  return {
    get() {
      let done = goOn();
      while (done === null) done = goOn();
      return done.result;
    },
    async wait(later) {
      let done = goOn();
      while (done === null) {
        await new Promise<void>((resolve) => later(resolve));
        done = goOn();
      }
      return done.result;
    },
    start(later, finished = () => {}) {
      let isStopped = false;
      const turn = () => {
        if (isStopped) return;
        if (goOn() === null) later(turn);
        else finished();
      };
      later(turn);
      return () => {
        isStopped = true;
      };
    },
  };
}
