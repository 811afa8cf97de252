/** How much judging one value under a schema may cost. Both are somebody else's, and neither alone says how long that takes. */
import type { Json } from "#/core/json.ts";

/** Values looked at under a part of the schema. With more, all of it counts as broken. */
const schemaStepsMax = 200_000;
/** A text, list or object counts once more for each so many characters or members. */
const charsOfStep = 256;
const membersOfStep = 16;

export class TooLong extends Error {}

/** Each throws `TooLong` where that was too much. */
export interface Steps {
  countStep(count?: number): void;
  countChars(value: unknown): void;
  /** Of a list or an object. */
  countMembers(value: Json): void;
}

export function createSteps(): Steps {
  let steps = 0;
  const countStep = (count = 1) => {
    steps += count;
    if (steps > schemaStepsMax) throw new TooLong();
  };
  return {
    countStep,
    countChars(value) {
      if (typeof value === "string") countStep(Math.floor(value.length / charsOfStep));
    },
    countMembers(value) {
      if (typeof value !== "object" || value === null) return;
      const { length } = Array.isArray(value) ? value : Object.keys(value);
      countStep(Math.floor(length / membersOfStep));
    },
  };
}
