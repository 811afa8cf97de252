/** Has whoever is measured run until it is steady: Node compiles what is hot for some seconds, and a gateway runs for weeks. */
import type { Load } from "./load.ts";

export const warmUpSecondsMax = 6;
const steadySeconds = 2;
/** A second that is no more than this times as fast as the best one before it is steady. */
const steadyGain = 1.02;

/** Ends with the second steady second in a row, or after `warmUpSecondsMax`. */
export async function warmUp(
  load: (count: number) => Promise<Load>,
  firstCount: number,
): Promise<void> {
  let best = (await load(firstCount)).rate;
  let steady = 0;
  for (let second = 0; second < warmUpSecondsMax && steady < steadySeconds; second += 1) {
    const { rate } = await load(Math.ceil(best));
    steady = rate > best * steadyGain ? 0 : steady + 1;
    best = Math.max(best, rate);
  }
}
