/**
 * Ends a pipeline in which nothing has run. Parsing has begun a transaction in it, which holds locks, and is read-only
 * where reads were expected; the statements that were parsed outlive it.
 */
import type { SessionParts } from "./parts.ts";
import type { Pipeline } from "./pipeline.ts";

/** False where something would be lost with it: `portals` are those that may be open. */
export async function letGo(
  { dialogue, statements }: Pick<SessionParts, "dialogue" | "statements">,
  pipeline: Pipeline,
  portals: number,
): Promise<boolean> {
  if (pipeline.ran || dialogue.status !== "idle" || statements.portalsOpen > portals) return false;
  dialogue.endPipeline();
  await dialogue.settled();
  return true;
}

/**
 * Ends it where the next message can be one of another protocol: also in a transaction that the client has opened, where a Sync ends
 * nothing. False where it would.
 */
export async function pause(
  parts: Pick<SessionParts, "dialogue" | "statements">,
  pipeline: Pipeline,
  portals: number,
): Promise<boolean> {
  const { dialogue } = parts;
  if (!dialogue.inPipeline || (await letGo(parts, pipeline, portals))) return true;
  if (!pipeline.inBlock) return false;
  dialogue.endPipeline();
  await dialogue.settled();
  return dialogue.status === "transaction";
}
