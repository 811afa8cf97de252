import { encodeNoticeResponse } from "#/proxies/postgres/wire/encode-backend.ts";

/** In a notice; there may be more. */
const columnsNamedMax = 10;

/** Said once for a result in which NULL does not mean that there is nothing. */
export function maskedNotice(columns: readonly string[]): Buffer {
  const names = columns
    .slice(0, columnsNamedMax)
    .map((name) => name.replaceAll(/\p{C}/gu, "\ufffd"));
  const more = columns.length > names.length ? ` and ${columns.length - names.length} more` : "";
  return encodeNoticeResponse({
    severity: "NOTICE",
    code: "00000",
    message: `Masked values are NULL in ${names.join(", ")}${more}: nothing else fits the type.`,
    detail: JSON.stringify({ code: "values_masked", review: null, url: null, retry: "never" }),
  });
}
