/** What is durable in the journal, on its way to the thread that takes it into the log. */
import type { Frame } from "./frames.ts";

/** Frames of the journal, one behind the other: their numbers, and their records as in `record-bytes.ts`. */
export interface JournaledFrames {
  readonly first: number;
  readonly last: number;
  readonly records: Uint8Array<ArrayBuffer>;
}

/** In memory of their own, which can be handed over without copying it again. */
export function joinFrames(frames: readonly Frame[]): JournaledFrames | null {
  const [first] = frames;
  const last = frames.at(-1);
  if (first === undefined || last === undefined) return null;
  const bytes = frames.reduce((sum, { records }) => sum + records.length, 0);
  const joined = new Uint8Array(bytes);
  let end = 0;
  for (const { records } of frames) {
    joined.set(records, end);
    end += records.length;
  }
  return { first: first.number, last: last.number, records: joined };
}
