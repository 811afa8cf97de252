/** What went wrong on the way to a tool server over HTTP, in codes; a system's own words are the cause. */
import { type ErrorCode, GatewayError } from "#/core/errors.ts";
import { NoConnectionFree } from "#/wire/http1/client-pool.ts";

/** `sent`: the server may have seen the request, so that nobody knows what came of it. */
export function upstreamFailure(cause: unknown, sent: boolean): GatewayError {
  if (cause instanceof GatewayError) return cause;
  if (cause instanceof NoConnectionFree) return tooBusy(cause);
  const code = failureCode(cause);
  return new GatewayError(code, messages[code], { cause, details: { sent } });
}

/** Nothing was sent. */
export function tooBusy(cause?: Error): GatewayError {
  return new GatewayError(
    "upstream.busy",
    "So much is under way with the tool server that it could not be asked.",
    { cause, details: { sent: false } },
  );
}

const messages = {
  "upstream.unreachable": "The tool server could not be reached, or was lost.",
  "upstream.certificate_mismatch": "The tool server's certificate is for another name.",
  "upstream.certificate_untrusted":
    "The tool server's certificate is not signed by a trusted authority; see upstream.tls.",
  "upstream.tls_failed": "The TLS handshake with the tool server failed; see upstream.tls.",
} as const satisfies Partial<Record<ErrorCode, string>>;

function failureCode(cause: unknown): keyof typeof messages {
  const code: unknown = cause instanceof Error ? Reflect.get(cause, "code") : null;
  if (typeof code !== "string") return "upstream.unreachable";
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return "upstream.certificate_mismatch";
  if (untrusted.has(code)) return "upstream.certificate_untrusted";
  if (/^ERR_(?:SSL|TLS)_/.test(code)) return "upstream.tls_failed";
  return "upstream.unreachable";
}

const untrusted: ReadonlySet<string> = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** The server does not keep to the protocol. */
export function protocolFailure(what: string): GatewayError {
  return new GatewayError("mcp.upstream_protocol", `The tool server ${what}.`, {
    details: { sent: true },
  });
}
