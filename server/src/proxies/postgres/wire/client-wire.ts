/**
 * A client's side of the wire until its session takes over: bytes in, step by step, first in the clear and then,
 * where the client asks for it, through TLS.
 *
 * Guarantees that what came in the clear behind a request for encryption is never taken for part of what is said
 * through TLS (CVE-2021-23214), and that nothing before the sign-in is kept without bound.
 */
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { GatewayError } from "#/core/errors.ts";
import type { ServerIdentity } from "#/tls/server-identity.ts";
import { frontend } from "./codec.ts";
import { parseStartup, type StartupPacket } from "./codec-startup.ts";
import type { Frame } from "./frame.ts";
import { FrameSplitter } from "./frame-splitter.ts";

/** The client is gone, or what it sends is not wanted any more. */
export class ClientGone extends Error {}

/** The protocol's name where TLS begins with the first byte, so that nobody's web page is taken for a client. */
export const alpnProtocol = "postgresql";

export class ClientWire {
  /** What is read and written: the connection itself, or TLS over it. */
  #socket: Socket;
  #bytes: Buffer = Buffer.alloc(0);
  #gone = false;
  #wake: () => void = () => {};
  #identity: ServerIdentity | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#listen();
  }

  get socket(): Socket {
    return this.#socket;
  }

  get isEncrypted(): boolean {
    return this.#identity !== null;
  }

  /** What SCRAM can be bound to; null where there is nothing. */
  get binding(): Buffer | null {
    return this.#identity?.binding ?? null;
  }

  /** Whether the client begins with a TLS handshake, which no start-up packet looks like. */
  async beginsWithTls(): Promise<boolean> {
    while (this.#bytes.length === 0) await this.#more();
    return this.#bytes[0] === tlsHandshake;
  }

  async startup(): Promise<StartupPacket> {
    for (;;) {
      // Who leaves before they have come, as node-postgres does, says so by a message of later: no packet here is that long.
      if (this.#bytes[0] === frontend.terminate) throw new ClientGone();
      const read = parseStartup(this.#bytes);
      if (read !== undefined) {
        this.#bytes = this.#bytes.subarray(read.bytesUsed);
        return read.packet;
      }
      await this.#more();
    }
  }

  /** After a request for encryption: whatever came behind it was not written by somebody who waits for the answer. */
  refuseUnencrypted(): void {
    if (this.#bytes.length === 0) return;
    throw new GatewayError(
      "postgres.malformed_startup",
      "Something was sent unencrypted behind a request for encryption. Somebody may stand between client and gateway.",
    );
  }

  /** Throws `postgres.tls_failed`, which the client has heard of as an alert. */
  async encrypt(identity: ServerIdentity): Promise<{ readonly protocol: string | null }> {
    const plain = this.#socket;
    const handshake = this.finish();
    this.#bytes = Buffer.alloc(0);
    if (this.#gone || plain.destroyed) throw new ClientGone();
    if (handshake.length > 0) plain.unshift(handshake);
    const secured = new TLSSocket(plain, {
      isServer: true,
      secureContext: identity.context,
      ALPNProtocols: [alpnProtocol],
    });
    this.#socket = secured;
    this.#identity = identity;
    await shaken(secured);
    this.#listen();
    return { protocol: secured.alpnProtocol || null };
  }

  /** One message of the sign-in; a splitter of its own for each, because what follows belongs to the session. */
  async frame(): Promise<Frame> {
    for (;;) {
      const splitter = new FrameSplitter({ direction: "frontend", messageBytesMax: earlyBytesMax });
      splitter.push(this.#bytes);
      const item = splitter.next();
      if (item?.kind === "frame") {
        this.#bytes = this.#bytes.subarray(item.bytes.length);
        return item;
      }
      await this.#more();
    }
  }

  /** Stops reading, with the socket paused; gives back what was not used. */
  finish(): Buffer {
    this.#socket.pause();
    this.#socket.off("data", this.#onData);
    this.#socket.off("close", this.#onGone);
    this.#socket.off("end", this.#onGone);
    return this.#bytes;
  }

  #listen(): void {
    this.#socket.on("data", this.#onData);
    this.#socket.on("close", this.#onGone);
    this.#socket.on("end", this.#onGone);
    if (this.#socket.destroyed) this.#onGone();
    this.#socket.resume();
  }

  async #more(): Promise<void> {
    if (this.#gone) throw new ClientGone();
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    if (this.#gone) throw new ClientGone();
  }

  #onData = (chunk: Buffer): void => {
    if (this.#bytes.length + chunk.length > earlyBytesMax) {
      this.#socket.destroy();
      return;
    }
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    this.#wake();
  };

  #onGone = (): void => {
    this.#gone = true;
    this.#wake();
  };
}

/** What may be sent before the sign-in is through. */
const earlyBytesMax = 128 * 1024;
/** The first byte of a TLS record that holds a handshake (RFC 8446 section 5.1). */
const tlsHandshake = 0x16;

function shaken(secured: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    secured.on("error", (cause) => {
      reject(new GatewayError("postgres.tls_failed", "The TLS handshake failed.", { cause }));
      secured.destroy();
    });
    // Where nobody has built the socket's server, Node only tells of a broken record, and goes on.
    secured.on("_tlsError", (cause: Error) => secured.destroy(cause));
    secured.once("close", () => reject(new ClientGone()));
    secured.once("secure", resolve);
  });
}
