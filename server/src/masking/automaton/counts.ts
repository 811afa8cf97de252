/** The counters of `runs.ts` as one: each state of it is what all of them say together. */
import assert from "node:assert";
import { counters } from "./runs.ts";

/** Of one state of each counter with one of each other, so few come about. */
export const countsMost = 0x400;

/** Each state has a number; 0 is where they begin. */
export function createCounts(samples: readonly number[], firstIndex: number) {
  const states: (readonly number[])[] = [];
  /** By each sample, or -1 where it was not asked for yet. */
  const steps: Int16Array[] = [];
  const ids = new Map<string, number>();
  const idOf = (state: readonly number[]): number => {
    const key = state.join();
    let id = ids.get(key);
    if (id === undefined) {
      id = states.length;
      assert(id < countsMost, "the counters have more states together than are told apart");
      ids.set(key, id);
      states.push(state);
      steps.push(new Int16Array(samples.length).fill(-1));
    }
    return id;
  };
  idOf(counters.map(() => 0));
  return {
    step(count: number, each: number): number {
      const known = steps[count]?.[each] ?? -1;
      if (known >= 0) return known;
      const id = idOf(
        counters.map(({ step }, index) => step(states[count]?.[index] ?? 0, samples[each] ?? 0)),
      );
      const row = steps[count];
      if (row !== undefined) row[each] = id;
      return id;
    },
    found: (count: number) =>
      counters.flatMap(({ fires }, index) =>
        fires(states[count]?.[index] ?? 0) ? [firstIndex + index] : [],
      ),
  };
}
