/**
 * From whatever was thrown to the body of an answer: the API's one translator of errors (RFC 9457).
 *
 * Guarantees that of an error which is not in the table nothing leaves but an id, under which the gateway's
 * own log has it.
 */
import type { Problem } from "@countersign/sdk/wire/problem";
import { HTTPException } from "hono/http-exception";
import { type ErrorCode, errorCodes, GatewayError, traceOf } from "#/core/errors.ts";
import type { Clock } from "#/platform/clock.ts";
import { newId } from "#/platform/ids.ts";
import type { Log } from "#/platform/log.ts";

/** The codes that may leave by the API. */
export const statusOfCode = {
  "api.body_too_large": 413,
  "api.invalid_request": 400,
  "api.not_found": 404,
  "api.origin_refused": 403,
  "api.too_many_attempts": 429,
  "api.too_many_streams": 503,
  "api.unauthenticated": 401,
  "api.unsupported_media_type": 415,
  "audit.proof_too_large": 422,
  "audit.recording_failed": 503,
  "audit.seal_broken": 500,
  "identity.forbidden": 403,
  "identity.link_expired": 410,
  "identity.link_used": 410,
  "identity.unknown_agent": 404,
  "identity.unknown_person": 404,
  "internal.unexpected": 500,
  "mcp.definition_changed": 409,
  "mcp.tool_unknown": 404,
  "review.already_claimed": 409,
  "review.already_decided": 409,
  "review.comment_too_long": 422,
  "review.detached": 409,
  "review.digest_mismatch": 409,
  "review.duplicate_verdict": 409,
  "review.expired": 409,
  "review.idempotency_conflict": 409,
  "review.insufficient_assurance": 403,
  "review.not_approved": 409,
  "review.not_caller": 403,
  "review.not_claimed": 409,
  "review.not_eligible": 403,
  "review.not_found": 404,
  "review.not_joinable": 409,
  "review.override_denied": 403,
  "review.override_refused": 422,
  "review.override_unchanged": 422,
  "review.reveal_refused": 403,
  "review.reveal_required": 403,
  "review.preview_refused": 409,
  "review.preview_too_soon": 429,
  "review.reason_required": 422,
  "review.requester": 403,
  "review.rows_uncounted": 422,
  "review.terms_changed": 409,
  "review.too_many_open": 429,
  "review.too_many_reveals": 429,
  "review.too_many_waiting": 503,
  "review.view_changed": 409,
  "store.busy": 503,
  "store.closed": 503,
  "store.degraded": 503,
  "store.unreadable": 500,
} as const satisfies Partial<Record<ErrorCode, number>>;

export type ProblemStatus = (typeof statusOfCode)[keyof typeof statusOfCode];

export interface PresentedProblem {
  readonly status: ProblemStatus;
  readonly body: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

export function presentProblem(
  error: unknown,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): PresentedProblem {
  const known = toGatewayError(error);
  if (known === null) {
    const errorId = newId<string>("err", clock.now());
    log.error("api.failed", { errorId, trace: traceOf(error) });
    const message = `${errorCodes["internal.unexpected"]} Its own log has it under ${errorId}.`;
    return present("internal.unexpected", message, { errorId });
  }
  const { code, message, details } = known;
  if (statusOfCode[code] >= 500) log.warn("api.failed", { code, trace: traceOf(known.cause) });
  const { problems } = details;
  return present(code, message, { problems: Array.isArray(problems) ? problems.map(String) : [] });
}

const unsupportedMediaType =
  "The body has to be JSON, with the header `Content-Type: application/json`.";

type KnownError = GatewayError & { readonly code: keyof typeof statusOfCode };

function toGatewayError(error: unknown): KnownError | null {
  if (error instanceof GatewayError) return isKnown(error) ? error : null;
  // What the framework itself refuses is the request's form: a body that is no JSON, or none at all.
  if (error instanceof HTTPException && error.status === 400) {
    const message = "The body is missing, or it is not valid JSON.";
    return new GatewayError("api.invalid_request", message) as KnownError;
  }
  // Where there is no body to refuse, its type may still be wrong.
  if (error instanceof HTTPException && error.status === 415) {
    return new GatewayError("api.unsupported_media_type", unsupportedMediaType) as KnownError;
  }
  return null;
}

function isKnown(error: GatewayError): error is KnownError {
  return error.code in statusOfCode;
}

function present(
  code: keyof typeof statusOfCode,
  detail: string,
  more: Partial<Pick<Problem, "problems" | "errorId">>,
): PresentedProblem {
  const status = statusOfCode[code];
  return {
    status,
    headers: headersOf[status] ?? {},
    body: {
      type: `urn:countersign:problem:${code}`,
      title: errorCodes[code],
      status,
      detail,
      code,
      problems: [],
      errorId: null,
      ...more,
    },
  };
}

const headersOf: Readonly<Partial<Record<ProblemStatus, Readonly<Record<string, string>>>>> = {
  // RFC 6750 §3.
  401: { "www-authenticate": 'Bearer realm="countersign"' },
  429: { "retry-after": "60" },
  503: { "retry-after": "1" },
};
