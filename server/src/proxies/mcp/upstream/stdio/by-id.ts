import type { AnswerSource } from "#/proxies/mcp/upstream/upstream.ts";

/** Of lines: whose answer each is its own id says, which is the gateway's, so that one that is wrong tells nothing of the next. */
export const byId: AnswerSource = { distrust() {} };
