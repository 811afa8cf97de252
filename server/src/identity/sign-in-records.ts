/** What the log says of signing in. */
import type { RecordDraft, RecordType } from "#/core/record.ts";

export function signInRecord(
  type: Extract<RecordType, `sign_in.${string}`>,
  at: number,
  body: RecordDraft["body"],
): RecordDraft {
  return { type, at, action: null, review: null, body, payload: null };
}
