/**
 * Where the body of a message ends (RFC 9112 §6). Guarantees that no two readers can tell two ends of what passes here: a length
 * beside a transfer coding, several lengths, and any coding but one `chunked` are refused.
 */
import { type Field, hasField, onlyValue } from "./fields.ts";
import { Http1Error } from "./http1-error.ts";

export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until_end" };

const lengthForm = /^\d{1,15}$/;

export function answerFraming(
  fields: readonly Field[],
  {
    status,
    minor,
    isHead,
  }: { readonly status: number; readonly minor: number; readonly isHead: boolean },
): BodyFraming {
  const framing = framingOf(fields, minor);
  if (isHead || status === 204 || status === 304) return none;
  return framing ?? { kind: "until_end" };
}

const none = { kind: "none" } as const;

/** Null where the head says nothing of it. */
function framingOf(fields: readonly Field[], minor: number): BodyFraming | null {
  const hasLength = hasField(fields, "content-length");
  if (hasField(fields, "transfer-encoding")) {
    const coding = onlyValue(fields, "transfer-encoding");
    if (hasLength || minor === 0 || coding?.toLowerCase() !== "chunked") {
      throw new Http1Error("ambiguous_length");
    }
    return { kind: "chunked" };
  }
  if (!hasLength) return null;
  const length = onlyValue(fields, "content-length");
  if (length === null || !lengthForm.test(length)) throw new Http1Error("ambiguous_length");
  return { kind: "length", bytes: Number(length) };
}
