/** What an agent's session has read, as the API tells it. */
import type { SessionReads as WireSessionReads } from "@countersign/sdk/wire/content";
import type { SessionReads } from "#/core/label.ts";
import { presentTime } from "./present-time.ts";

export function presentReads(reads: SessionReads | null): WireSessionReads | null {
  if (reads === null) return null;
  return {
    ...reads,
    from: reads.from.map(({ since, at, ...read }) => {
      return { ...read, since: presentTime(since), at: presentTime(at) };
    }),
  };
}
