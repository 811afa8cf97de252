/** One way to take neighbouring groups of digits together, and what stands around them. */
import type { NumberRun } from "./number-run.ts";

export interface Part {
  readonly run: NumberRun;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly start: number;
  readonly end: number;
  /** Neither side goes on as a longer identifier. */
  readonly whole: boolean;
  readonly extension: boolean;
  /** How far before it a word stands that is about something else, and whether any topic is near. */
  readonly other: number;
  readonly isNear: boolean;
}

/** What names it as something else stands directly before, such as `order_id: `. */
export const otherReach = 24;
