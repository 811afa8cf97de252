/**
 * What an agent says of why it wants something, as it is kept and shown: a claim, in its own words, of which nothing is believed.
 */

/** In UTF-16 code units. What is longer is cut, and ends in `…`. */
export const agentReasonCharsMax = 1_000;

/** Null where it says nothing. */
export function readAgentReason(said: string): string | null {
  const text = said.toWellFormed().trim();
  if (text.length <= agentReasonCharsMax) return text === "" ? null : text;
  const isInside = /[\ud800-\udbff]/.test(text[agentReasonCharsMax - 2] ?? "");
  return `${text.slice(0, agentReasonCharsMax - (isInside ? 2 : 1))}…`;
}
