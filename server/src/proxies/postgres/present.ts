/** What the gateway says on a PostgreSQL session: refusals as errors, waits as notices (DESIGN §5). */
import type { GatewayError } from "#/core/errors.ts";
import { whyOpaque } from "#/core/facts.ts";
import type { Told } from "#/core/protocol.ts";
import type { Refusal, RefusalCode } from "#/core/refusal.ts";
import type { Review } from "#/core/review.ts";
import { type RowLimit, rowLimitText, rowsText } from "#/core/row-limit.ts";
import type { Limited } from "./reply/limited.ts";
import { encodeErrorResponse, encodeNoticeResponse } from "./wire/encode-backend.ts";

/** SQLSTATEs that drivers know, and that none of them retries by itself. */
export const sqlstates: Readonly<Record<RefusalCode, string>> = {
  already_executed: "55000",
  argument_mistyped: "22023",
  changes_requested: "42501",
  data_not_kept: "53400",
  data_too_large: "54000",
  definition_rejected: "42501",
  denied_by_policy: "42501",
  denied_by_reviewer: "42501",
  outcome_unknown: "08007",
  override_failed: "0A000",
  overridden: "01000",
  pending_review: "55000",
  recording_failed: "58030",
  review_cancelled: "57014",
  review_expired: "55000",
  rows_exceeded: "54000",
  rows_uncounted: "42501",
  session_changed: "55000",
  too_many_reviews: "53400",
  upstream_unreachable: "08006",
};

/** The DETAIL is one line of JSON for the agent; the sentence and the reason are for whoever reads it. */
export function refusalError(refusal: Refusal, severity: "ERROR" | "FATAL" = "ERROR"): Buffer {
  const { code, message, reason, review, url, retry } = refusal;
  return encodeErrorResponse({
    severity,
    code: sqlstates[code],
    message: clean(reason === null ? message : `${message} Reason: ${reason}`),
    detail: JSON.stringify({ code, review, url, retry }),
  });
}

export function heldNotice(review: Review, url: string, told: Told): Buffer {
  const missing = told.missing.map(({ group, needed }) => `${needed} of ${group}`).join(", ");
  const opaque = whyOpaque(review.action.facts);
  // Whoever has mistyped something can cancel, and need not wait to hear of it from the database.
  const news = told.news === null ? "" : `${told.news} `;
  const { rows } = review.obligations;
  const limit =
    rows === null ? "" : `\nIt may touch no more than ${rowsText(rows.max)} (rule ${rows.policy}).`;
  const unread = opaque === null ? "" : `\nThe gateway can't tell all that it does. ${opaque}`;
  const sensitive = sensitiveText(review);
  return encodeNoticeResponse({
    severity: "NOTICE",
    code: "00000",
    message: clean(
      `${news}This statement waits for ${missing} to approve it: ${url}${limit}${unread}${sensitive}\n${leftText(told)}`,
    ),
    detail: JSON.stringify({
      code: "pending_review",
      review: review.id,
      url,
      retry: "after_review",
      leftMs: told.leftMs,
    }),
  });
}

/** Whoever does not need what makes it wait can ask for less. Known a moment after the wait has begun. */
function sensitiveText({ touched }: Review): string {
  const names = (touched?.relations ?? []).flatMap(({ name, columns }) =>
    columns
      .filter(({ sensitive }) => sensitive)
      // A name with a line feed would put words into the gateway's mouth.
      .map((column) => `${name}.${column.name}`.replaceAll(/\p{Cc}/gu, "\ufffd")),
  );
  if (names.length === 0) return "";
  const more = names.length - sensitiveNamedMax;
  const shown = names.slice(0, sensitiveNamedMax).join(", ");
  return `\nIt touches sensitive columns: ${shown}${more > 0 ? ` and ${more} more` : ""}.`;
}

/** In a notice; the review names more. */
const sensitiveNamedMax = 10;

/** How long the client is kept, and what becomes of it then. */
function leftText({ leftMs, inTransaction }: Told): string {
  const seconds = Math.round(leftMs / 1000);
  const left = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return inTransaction
    ? `It is kept waiting for ${left}; then its open transaction fails, and the review goes on without it.`
    : `It is kept waiting for ${left}; then the review goes on without it.`;
}

/** The SQLSTATE of what touched more rows than it may: a limit of the program's, which no driver retries. */
export const exceededState = sqlstates.rows_exceeded;

/** `rows` where they were counted to the end. */
export function exceededError({ limit, url }: Limited, rows: number | null): Buffer {
  const [what, undone] =
    rows === null
      ? [`It returns more than ${rowLimitText(limit)}`, "It was stopped, and nothing was changed."]
      : [
          `It would have touched ${rowsText(rows)}, more than ${rowLimitText(limit)}`,
          "It was undone, and nothing was changed.",
        ];
  return limitError(
    `${what}. ${undone} Narrow it, or ask for less at a time.`,
    { limit, url },
    rows,
  );
}

export function rowsUnfetchedError({ limit, url }: Limited): Buffer {
  const text = `It may touch no more than ${rowLimitText(limit)}, and not all of the rows that it changed were fetched, so that they could not be counted. It was undone, and nothing was changed. Execute it without a limit on the rows to fetch.`;
  return limitError(text, { limit, url }, null);
}

function limitError(
  message: string,
  { limit: { max, review }, url }: Limited,
  rows: number | null,
): Buffer {
  return encodeErrorResponse({
    severity: "ERROR",
    code: exceededState,
    message: clean(message),
    detail: JSON.stringify({
      code: "rows_exceeded",
      review,
      url,
      retry: "after_change",
      rows,
      rowsMax: max,
    }),
  });
}

/** Under which limit it runs that people approved; said right before. */
export function limitNotice(limit: RowLimit, url: string): Buffer {
  return encodeNoticeResponse({
    severity: "NOTICE",
    code: "00000",
    message: clean(`Approved for no more than ${rowLimitText(limit)}.`),
    detail: JSON.stringify({
      code: "rows_limited",
      review: limit.review,
      url,
      retry: "never",
      rowsMax: limit.max,
    }),
  });
}

/** What runs in place of the client's own statement, and who put it there. */
export function overriddenNotice(review: Review, url: string): Buffer {
  const { action, overrides } = review;
  const edit = overrides.at(-1);
  const editor = edit?.person.name ?? "a reviewer";
  const reason = edit === undefined ? "" : ` Reason: ${edit.comment}`;
  const values = action.parameters.length === 0 ? "" : " (with the values that the review shows)";
  const text = cut(action.command, commandShownCharsMax);
  return encodeNoticeResponse({
    severity: "NOTICE",
    code: sqlstates.overridden,
    message: clean(
      `Your statement was edited by ${editor} and does not run.${reason}\nThis runs instead${values}: ${text}`,
    ),
    detail: JSON.stringify({ code: "overridden", review: review.id, url, retry: "never" }),
  });
}

/** The DETAIL of an error in place of an edit: the statement itself may be proposed again. */
export function overrideFailedDetail({ id }: Review, url: string): string {
  return JSON.stringify({ code: "override_failed", review: id, url, retry: "later" });
}

/** UTF-16 code units; the whole of it is in the review. */
const commandShownCharsMax = 2_000;

function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax).toWellFormed()}…`;
}

/** An error of the session itself, outside policy; `fatal` ones end it. */
export function sessionError(
  severity: "ERROR" | "FATAL",
  code: string,
  message: string,
  detail?: string,
): Buffer {
  return encodeErrorResponse({
    severity,
    code,
    message: clean(message),
    ...(detail === undefined ? {} : { detail }),
  });
}

/** A failure that ends the session, in the protocol's terms. */
export function fatalError(failure: GatewayError): Buffer {
  const code = failureStates[failure.code] ?? "XX000";
  return sessionError("FATAL", code, failure.message, JSON.stringify({ code: failure.code }));
}

const failureStates: Readonly<Record<string, string>> = {
  "audit.recording_failed": "58030",
  "postgres.channel_binding_failed": "28000",
  "postgres.malformed_message": "08P01",
  "postgres.malformed_sasl": "08P01",
  "postgres.malformed_startup": "08P01",
  "postgres.message_too_large": "54000",
  "postgres.tls_required": "28000",
  "postgres.unknown_message": "08P01",
  "postgres.unsupported_protocol": "0A000",
  "postgres.unsupported_session": "0A000",
  "postgres.upstream_protocol": "08P01",
  "upstream.certificate_mismatch": "08001",
  "upstream.certificate_untrusted": "08001",
  "upstream.refused": "08004",
  "upstream.tls_failed": "08001",
  "upstream.tls_unavailable": "08001",
  "upstream.unreachable": "08001",
  "upstream.unsafe_role": "08004",
};

/** The protocol ends a string at NUL; other control characters would speak to a terminal, or turn its text around. */
function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, "\ufffd");
}
