/**
 * The connection to a database server: TCP, and TLS over it where the configuration says so.
 *
 * Guarantees that with TLS nothing is said to a server whose certificate is not valid for its name, and that
 * nothing which came before the handshake is taken for part of what came through it (CVE-2021-23222).
 */
import { X509Certificate } from "node:crypto";
import { connect, isIP, type Socket } from "node:net";
import {
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";
import { GatewayError } from "#/core/errors.ts";
import type { Secret } from "#/core/secret.ts";
import { endPointBinding } from "#/tls/end-point.ts";
import { alpnProtocol } from "./client-wire.ts";
import { sslRequestPacket } from "./codec-startup.ts";
import { connectReading, type Incoming, streaming } from "./incoming.ts";

export interface UpstreamEndpoint {
  readonly host: string;
  readonly port: number;
  /** Null: in the clear. */
  readonly tls: UpstreamTls | null;
}

export interface UpstreamTls {
  readonly context: SecureContext;
  /** The name that the certificate has to be for. */
  readonly serverName: string;
}

/** What the configuration says of it; certificates and key in PEM. */
export type UpstreamTlsSettings =
  | { readonly mode: "disable" }
  | {
      readonly mode: "verify-full";
      /** Whom to trust, in place of the well-known authorities. */
      readonly ca: string | null;
      /** The gateway's own, for servers that ask for one. */
      readonly certificate: string | null;
      readonly key: Secret | null;
      /** In place of the host. */
      readonly serverName: string | null;
    };

export interface UpstreamWire {
  readonly incoming: Incoming;
  readonly isEncrypted: boolean;
  /** What SCRAM can be bound to; null where there is nothing. */
  readonly binding: Buffer | null;
}

/** Throws `tls.invalid_certificate`. */
export function upstreamTls(settings: UpstreamTlsSettings, host: string): UpstreamTls | null {
  if (settings.mode === "disable") return null;
  const { ca, certificate, key, serverName } = settings;
  try {
    // Where a context is made of authorities that can't be read, Node trusts nobody and does not say so.
    if (ca !== null) void new X509Certificate(ca);
    const context = createSecureContext({
      minVersion: "TLSv1.2",
      ...(ca === null ? {} : { ca }),
      ...(certificate === null ? {} : { cert: certificate }),
      ...(key === null ? {} : { key: key.reveal() }),
    });
    return { context, serverName: serverName ?? host };
  } catch (cause) {
    const message =
      "The certificates or the key under upstream.tls can't be used: they must be PEM, belong together, and need no password.";
    throw new GatewayError("tls.invalid_certificate", message, { cause });
  }
}

/** To be destroyed by the caller at any time, which rejects what waits for it. */
/** For a session to be there, signed in, and for a request to cancel to be taken. */
export const connectTimeoutMs = 10_000;

export function openTcp({ host, port, tls }: UpstreamEndpoint): Incoming {
  // Of an encrypted one the stream goes to TLS.
  return tls === null
    ? connectReading(host, port)
    : streaming(connect({ host, port, noDelay: true }));
}

/** Resolves when the server can be spoken to, through TLS where that is wanted. */
export async function readyWire(tcp: Incoming, { tls }: UpstreamEndpoint): Promise<UpstreamWire> {
  const { socket } = tcp;
  await happened(socket, "connect");
  if (tls === null) return { incoming: tcp, isEncrypted: false, binding: null };
  await agreeOnTls(socket);
  const secured = connectTls({
    socket,
    secureContext: tls.context,
    ALPNProtocols: [alpnProtocol],
    // An address is no name to ask for (RFC 6066 section 3), but the certificate has to hold it.
    ...(isIP(tls.serverName) === 0 ? { servername: tls.serverName } : {}),
    checkServerIdentity: (_, certificate) => checkServerIdentity(tls.serverName, certificate),
  });
  try {
    await happened(secured, "secureConnect");
  } catch (cause) {
    throw handshakeFailure(secured, cause);
  }
  const certificate = secured.getPeerX509Certificate();
  return {
    incoming: streaming(secured),
    isEncrypted: true,
    binding: certificate === undefined ? null : endPointBinding(certificate.raw),
  };
}

/** A failure of TLS that shows only later, such as a certificate of ours that the server does not take. */
export function isTlsFailure(cause: unknown): boolean {
  return codeOf(cause).startsWith("ERR_SSL_");
}

export function tlsFailed(cause: unknown): GatewayError {
  return new GatewayError(
    "upstream.tls_failed",
    "The TLS handshake with the upstream database failed. The gateway's log says why; see upstream.tls.",
    { cause },
  );
}

/** Asks for TLS; the answer is one byte, and only one. */
async function agreeOnTls(socket: Socket): Promise<void> {
  socket.write(sslRequestPacket);
  const answer = await new Promise<Buffer>((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      socket.pause();
      done();
      resolve(chunk);
    };
    const onEnd = (cause?: unknown) => {
      done();
      reject(cause instanceof Error ? cause : new Error("the upstream closed the connection"));
    };
    const done = () => {
      socket.off("data", onData);
      socket.off("error", onEnd);
      socket.off("close", onEnd);
    };
    socket.on("data", onData);
    socket.on("error", onEnd);
    socket.on("close", onEnd);
  });
  const [letter] = answer;
  if (answer.length === 1 && letter === letters.yes) return;
  if (answer.length === 1 && letter === letters.no) {
    throw new GatewayError(
      "upstream.tls_unavailable",
      "The upstream database does not offer TLS. Turn `ssl` on there, or set `tls: { mode: disable }` on the " +
        "connection's upstream, if the network between is yours alone.",
    );
  }
  throw new GatewayError(
    "postgres.upstream_protocol",
    letter === letters.yes
      ? "The upstream database sent something unencrypted behind its answer to the request for TLS."
      : "The upstream database did not answer the request for TLS as PostgreSQL does.",
  );
}

const letters = { yes: 0x53, no: 0x4e } as const;

function handshakeFailure(secured: TLSSocket, cause: unknown): GatewayError {
  const code = codeOf(cause);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return new GatewayError(
      "upstream.certificate_mismatch",
      "The upstream database's certificate is for another name than its host. Set the connection's `host` to the " +
        "name in the certificate, or `tls.serverName` beside it.",
      { cause },
    );
  }
  // Set only where the handshake went well and the certificate did not.
  if (secured.authorizationError) {
    return new GatewayError(
      "upstream.certificate_untrusted",
      `The upstream database's certificate is not trusted (${code}). Name its authority in the connection's ` +
        "`upstream.tls.ca`, or have the certificate renewed.",
      { cause },
    );
  }
  return isTlsFailure(cause) ? tlsFailed(cause) : unreachable(cause);
}

export function unreachable(cause: unknown): GatewayError {
  return new GatewayError("upstream.unreachable", "The upstream database could not be reached.", {
    cause,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function happened(socket: Socket | TLSSocket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    // Stays: an error that nobody listens for would end the process.
    socket.on("error", reject);
    socket.once("close", () => reject(new Error("the upstream closed the connection")));
  });
}
