/** What came of a call that was sent, in words: the gateway's short word on it says little by itself. */

/** What a tool says of itself: it may have done something all the same. */
export const toolError = "tool_error";

/** Of one that has failed, what of it can be relied on. */
export function callFailedText(detail: string | null): string {
  const isUnsent = detail?.startsWith("upstream.") === true || detail === "its caller had left";
  return isUnsent
    ? "It was not sent, so nothing was done."
    : "By its server’s own word it did not run.";
}

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
  "upstream.unreachable": "its server could not be reached",
  "upstream.busy": "its server was too busy to take it",
};
