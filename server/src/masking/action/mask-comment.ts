/**
 * What a person says to a decision, before it is kept: it goes to the agent and to people who may not see what its writer has seen.
 * Without numbers: a comment belongs to no view.
 */
import type { Finder } from "#/masking/finder.ts";
import { maskText } from "#/masking/mask-text.ts";
import { redact } from "#/masking/replacement/replace.ts";

export function maskComment(finder: Finder, comment: string): string {
  return maskText(finder, redact, comment).text;
}
