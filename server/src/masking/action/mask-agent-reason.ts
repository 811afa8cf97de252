/** Why an agent says that it wants something: prose, in which it may have put whatever it has read. */
import { maskProse } from "./mask-prose.ts";
import type { MaskedField, ViewTools } from "./shown.ts";

export async function maskAgentReason(
  tools: ViewTools,
  said: string | null,
): Promise<{ readonly text: string; readonly fields: readonly MaskedField[] } | null> {
  if (said === null) return null;
  const { text, replaced } = await maskProse(tools, said);
  const fields = replaced.map(
    ({ shownStart, shownEnd, entities, original }, at): MaskedField => ({
      field: `agentReason/${at + 1}`,
      of: "agentReason",
      path: [],
      start: shownStart,
      end: shownEnd,
      entities,
      original,
    }),
  );
  return { text, fields };
}
