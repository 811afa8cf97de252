/** What came of a call that was sent, in words: the gateway's short word on it says little by itself. */

/** What a tool says of itself: it may have done something all the same. */
export const toolError = "tool_error";

/** Of one that has failed, what of it can be relied on. */
export function callFailedText(detail: string | null): string {
  const isUnsent = detail !== null && (errorCode.test(detail) || unsent.has(detail));
  return isUnsent
    ? "It was not sent, so nothing was done."
    : "By its server’s own word it did not run.";
}

/** What failed on the gateway's side has failed before it was sent; of anything later nobody knows what came. */
const errorCode = /^[a-z]+\.[a-z_]+$/;
/** The same in the gateway's own words. */
const unsent: ReadonlySet<string> = new Set([
  "cancelled before it was sent",
  "its caller had left",
  "what it tells could not be kept",
]);

/** Of an answer that is no plain result, a clause; null where it is one. */
export function callDetailText(detail: string | null): string | null {
  if (detail === null) return null;
  const known = Object.hasOwn(words, detail) ? words[detail] : undefined;
  if (known !== undefined) return known;
  const status = /^http_(\d{3})$/.exec(detail)?.[1];
  if (status !== undefined) return `its server answered with HTTP status ${status}`;
  return /^-?\d+$/.test(detail) ? `its server refused it with error ${detail}` : detail;
}

const words: Readonly<Record<string, string>> = {
  [toolError]: "its tool reports an error",
  input_required: "its server asks for more before it goes on",
  task: "its server goes on with it as a task",
  other: "its server answered in a form that the gateway does not know",
  error: "its server refused it",
  "audit.recording_failed": "what is recorded before it is sent could not be",
  "upstream.unreachable": "its server could not be reached",
  "upstream.busy": "its server was too busy to take it",
};
