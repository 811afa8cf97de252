/** Under what the answers of one call pass. */
import type { Json } from "#/core/json.ts";
import type { Mask } from "#/core/obligation.ts";
import { replacementsOf } from "#/masking/replacements.ts";
import type { McpConnection } from "./connection.ts";
import { type AnswerMasker, answerMasks, createAnswerMasker } from "./masked/answer-masker.ts";
import type { ClientSession } from "./sessions.ts";

export interface AnswerMaskerSource {
  readonly masks: readonly Mask[];
  readonly outputSchema: Json | null;
  readonly session: ClientSession;
}

export async function maskerFor(
  { masks, outputSchema, session }: AnswerMaskerSource,
  { scrub, masking }: McpConnection,
): Promise<AnswerMasker> {
  if (masks.length === 0) return createAnswerMasker({ masks: null, scrub, outputSchema: null });
  const { finder, hashKey, vaults } = masking;
  // Within which a pseudonym stands for the same: the agent on its connection.
  const vault = vaults.open(JSON.stringify(["agent", session.agent, session.connection]));
  await vault.opening();
  const replacements = replacementsOf(hashKey, vault);
  return createAnswerMasker({
    masks: answerMasks(finder(), replacements, masks),
    scrub,
    outputSchema,
  });
}
