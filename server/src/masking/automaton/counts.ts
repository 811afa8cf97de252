/** The counters of `runs.ts` as one: each state of it is what all of them say together. */
import { counters } from "./runs.ts";

/** Each state has a number; 0 is where they begin. */
export function createCounts(samples: readonly number[], firstIndex: number) {
  const states: (readonly number[])[] = [];
  const steps: Map<number, number>[] = [];
  const ids = new Map<string, number>();
  const idOf = (state: readonly number[]): number => {
    const key = state.join();
    let id = ids.get(key);
    if (id === undefined) {
      id = states.length;
      ids.set(key, id);
      states.push(state);
      steps.push(new Map());
    }
    return id;
  };
  idOf(counters.map(() => 0));
  return {
    step(count: number, each: number): number {
      const known = steps[count]?.get(each);
      if (known !== undefined) return known;
      const id = idOf(
        counters.map(({ step }, index) => step(states[count]?.[index] ?? 0, samples[each] ?? 0)),
      );
      steps[count]?.set(each, id);
      return id;
    },
    found: (count: number) =>
      counters.flatMap(({ fires }, index) =>
        fires(states[count]?.[index] ?? 0) ? [firstIndex + index] : [],
      ),
  };
}
