/** Under what the answers of one call pass. */
import type { Json } from "#/core/json.ts";
import { type Mask, targetText } from "#/core/obligation.ts";
import { replacementsOf } from "#/masking/replacement/replacements.ts";
import type { AnswerMasking, McpConnection } from "#/proxies/mcp/connection.ts";
import {
  type AnswerMasker,
  answerMasks,
  createAnswerMasker,
} from "#/proxies/mcp/masked/answer-masker.ts";
import type { ClientSession, SessionMasking } from "#/proxies/mcp/sessions.ts";

export interface AnswerMaskerSource {
  readonly masks: readonly Mask[];
  readonly outputSchema: Json | null;
  readonly session: ClientSession;
}

/** At once where nothing is masked. */
export function maskerFor(
  source: AnswerMaskerSource,
  connection: McpConnection,
): AnswerMasker | Promise<AnswerMasker> {
  return source.masks.length === 0 ? connection.unmasked : maskerUnder(source, connection);
}

async function maskerUnder(
  { masks, outputSchema, session }: AnswerMaskerSource,
  { scrub, masking }: McpConnection,
): Promise<AnswerMasker> {
  const key = masks.map(({ target, masker }) => `${targetText(target)}: ${masker}`).join();
  if (session.masking?.key !== key) session.masking = made(key, masks, session, masking);
  const kept = session.masking;
  await kept.vault.opening();
  return createAnswerMasker({ masks: kept.masks, scrub, outputSchema });
}

function made(
  key: string,
  masks: readonly Mask[],
  { agent, connection }: ClientSession,
  { finder, hashKey, vaults }: AnswerMasking,
): SessionMasking {
  // Within which a pseudonym stands for the same: the agent on its connection.
  const vault = vaults.open(JSON.stringify(["agent", agent, connection]));
  return { key, vault, masks: answerMasks(finder(), replacementsOf(hashKey, vault), masks) };
}
