/**
 * Every expected failure of the gateway, as one closed union.
 *
 * A refusal of an action is not here: being denied is a value (`refusal.ts`), failing is an error.
 * Callers branch on the code, never on the message. The message is safe to show to anyone; secrets and
 * an upstream's own words stay in `cause`.
 */
export const errorCodes = {
  "api.body_too_large": "The request body is larger than the API accepts.",
  "api.invalid_request": "The request does not have the form that this route takes.",
  "api.not_found": "There is nothing under this address or id.",
  "api.origin_refused":
    "The request comes from a web page elsewhere, or under a name that is not the gateway's.",
  "api.too_many_attempts": "Too many credentials that are not valid came from there.",
  "api.too_many_streams": "More event streams are open than the gateway holds.",
  "api.unauthenticated": "The request carries no valid credential.",
  "api.unsupported_media_type": "The request body is not JSON.",
  "audit.invalid_key": "The log's signing key can't be read.",
  "audit.log_forked": "The log does not continue the history that was signed before.",
  "audit.proof_too_large": "The action has more records than one proof file holds.",
  "audit.recording_failed": "The audit record could not be made durable, so nothing was done.",
  "audit.seal_broken": "Sealed bytes were changed, or were sealed under another key.",
  "config.invalid": "The configuration has problems; all of them are listed.",
  "config.unreadable": "The configuration file can't be read.",
  "console.build_failed": "The console could not be built.",
  "identity.forbidden": "This principal may not do that.",
  "identity.link_expired": "The sign-in link has expired.",
  "identity.link_used": "The sign-in link was used before.",
  "identity.unknown_agent": "No agent has this name.",
  "identity.unknown_person": "No person has this name.",
  "internal.unexpected": "Something unexpected went wrong inside the gateway.",
  "listener.port_taken": "Another process listens on the port.",
  "mcp.definition_changed":
    "The tool's server defines it otherwise by now than it was shown; look at it again.",
  "mcp.definition_rejected": "A person has rejected how the tool is defined by its server.",
  "mcp.tool_unknown": "The server is not known to have a tool of this name.",
  "mcp.upstream_protocol": "The tool server sent something that the protocol does not allow.",
  "policy.invalid": "The policy set has problems; all of them are listed.",
  "postgres.channel_binding_failed":
    "The sign-in is bound to another TLS connection than the one it came through.",
  "postgres.malformed_message": "A message does not have the form that the protocol prescribes.",
  "postgres.malformed_sasl": "A sign-in message does not have the form that SCRAM prescribes.",
  "postgres.malformed_startup":
    "The start-up packet does not have the form that the protocol prescribes.",
  "postgres.malformed_verifier": "A stored password verifier does not have its prescribed form.",
  "postgres.message_too_large": "A message is larger than the gateway accepts.",
  "postgres.spool_failed": "The data of a COPY could not be kept while it waited.",
  "postgres.tls_failed": "The TLS handshake with a client failed.",
  "postgres.tls_required": "The client connects without TLS, and the gateway requires it.",
  "postgres.unencodable": "A message holds something that the PostgreSQL protocol can't carry.",
  "postgres.unknown_message": "A message is of a type that the protocol does not know.",
  "postgres.unsupported_protocol":
    "The client asks for a protocol version that the gateway does not speak.",
  "postgres.unsupported_session":
    "The session has a setting in which the gateway can't judge commands.",
  "postgres.upstream_protocol":
    "The upstream database sent something that the protocol does not allow.",
  "postgres.upstream_unproven": "The upstream database did not prove that it knows the password.",
  "quickstart.database_failed": "The sample database did not start.",
  "review.already_claimed": "The approval has been used before; it is good for one execution.",
  "review.already_decided": "The review has been decided before.",
  "review.comment_too_long": "The comment is longer than a verdict takes.",
  "review.detached":
    "Nobody waits on the review, and an edited command has no meaning without a session.",
  "review.digest_mismatch":
    "The verdict judged another version of the action than the one that waits.",
  "review.duplicate_verdict": "This person has given a verdict on this review already.",
  "review.expired": "The time to decide, or to use the approval, is over.",
  "review.idempotency_conflict": "The idempotency key was used for another verdict before.",
  "review.insufficient_assurance":
    "The verdict needs a stronger sign-in than the one it was given with.",
  "review.not_approved": "The review is not approved.",
  "review.not_caller": "Only the caller that waits on the review can do that.",
  "review.not_claimed": "No execution of this review waits for an outcome.",
  "review.not_eligible": "This person can't vote on this review.",
  "review.not_found": "No review has this id.",
  "review.not_joinable": "The review has ended, or another caller waits on it.",
  "review.override_denied": "Policy denies the edited command, to its agent or to its editor.",
  "review.override_refused": "The edited command can't run in place of the one that waits.",
  "review.override_unchanged": "The edit changes nothing.",
  "review.preview_refused": "The effect of this action is not measured.",
  "review.preview_too_soon": "The effect was measured a moment ago; try again in a few seconds.",
  "review.reason_required": "A verdict of this kind needs a comment.",
  "review.requester": "Nobody can decide on an action that they asked for or answer for.",
  "review.rows_uncounted":
    "How many rows this action touches is not told, so no limit could be kept.",
  "review.reveal_refused": "This person may not see what is masked there.",
  "review.reveal_required":
    "The review asks for an approval by somebody who has revealed certain values before.",
  "review.terms_changed": "What is asked for this action became stricter meanwhile.",
  "review.too_many_open": "This principal has too many reviews open.",
  "review.too_many_waiting": "More callers wait on reviews than the gateway holds.",
  "review.too_many_reveals":
    "More was revealed than a person may see in a minute, or of one review.",
  "review.view_changed": "The verdict names a view that is no longer what is shown of the review.",
  "store.busy": "More writes are waiting than the store takes.",
  "store.closed": "The store has been closed.",
  "store.degraded": "The store failed to write and accepts no more changes until it is restarted.",
  "store.in_use": "Another process uses the data folder.",
  "store.journal_broken": "The journal in the data folder was changed, or a part of it is missing.",
  "store.network_filesystem":
    "The data folder is on a network file system, whose locks and flushes can't be relied on.",
  "store.newer_version": "The data folder was written by a newer version of Countersign.",
  "store.unreadable": "The data folder can't be read.",
  "tls.invalid_certificate": "A certificate or its key can't be used.",
  "upstream.busy": "Too much is asked of the upstream already, so it was not asked.",
  "upstream.certificate_mismatch": "The upstream's certificate is for another name.",
  "upstream.certificate_untrusted":
    "The upstream's certificate is not signed by a trusted authority.",
  "upstream.refused": "The upstream refused the gateway's credential.",
  "upstream.tls_failed": "The TLS handshake with the upstream failed.",
  "upstream.tls_unavailable": "The upstream does not offer TLS.",
  "upstream.unreachable": "The upstream could not be reached.",
  "upstream.unsafe_role": "The upstream role has rights that no policy could contain.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

export type ErrorDetails = Readonly<Record<string, unknown>>;

/** An expected failure. `details` and `message` are safe to show; `cause` is not. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly details?: ErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

export function errorCodeOf(error: unknown): ErrorCode {
  return error instanceof GatewayError ? error.code : "internal.unexpected";
}

/** An error that is none yet becomes the unexpected one; `message` says of what, and is safe to show. */
export function asGatewayError(error: unknown, message: string): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError("internal.unexpected", message, { cause: error });
}

/**
 * What stands behind a failure: for the log, never for a client. Its own words where somebody foresaw them, such as those
 * of a system or of an upstream that refuses the gateway; of what nobody foresaw, only where it came up.
 */
export function causeText({ code, cause }: GatewayError): string {
  if (!(cause instanceof Error)) return "";
  return code === "internal.unexpected" ? traceOf(cause) : cause.message;
}

/**
 * An error's kind and where it came up, without its message unless that is safe: of an error that nobody foresaw it may
 * quote whatever was being read, as a parser's does.
 */
export function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { name, message, stack = "" } = error;
  const marks = ["code", "errstr"].map((field): unknown => Reflect.get(error, field));
  const kind = [name, ...marks.filter((mark) => typeof mark === "string")].join(" ");
  const said = error instanceof GatewayError ? `: ${message}` : "";
  // The message comes first, and could be made to look like what comes behind it.
  const behind = stack.slice(stack.startsWith(name) ? stack.indexOf(message) + message.length : 0);
  const frames = behind.split("\n").filter((line) => /^ {4}at .*\d+:\d+\)?$/.test(line));
  return [`${kind}${said}`, ...frames].join("\n");
}
