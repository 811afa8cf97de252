/** A body in chunks (RFC 9112 §7.1), strictly; extensions and trailers are checked and dropped. */
import { parseFields, token } from "./fields.ts";
import { Http1Error } from "./http1-error.ts";

/** A size with its extensions. */
const sizeLineBytesMax = 1_024;
/** All trailers of a body. */
const trailerBytesMax = 16 * 1024;

const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const quoted = '"(?:[\\t !#-[\\]-~]|\\\\[\\t -~])*"';
const sizeLine = new RegExp(`^([0-9A-Fa-f]{1,8})(?:;${token}(?:=(?:${token}|${quoted}))?)*$`);

type State = "size" | "data" | "data_end" | "trailer" | "over";

export class ChunkedReader {
  #state: State = "size";
  /** Of the chunk. */
  #left = 0;
  /** Of a line that has no end yet. */
  #line = "";
  #trailers = "";

  get isOver(): boolean {
    return this.#state === "over";
  }

  /** Returns where it stopped: at the end of the bytes, or behind the body. */
  read(bytes: Buffer, from: number, onBody: (bytes: Buffer) => void): number {
    let at = from;
    while (at < bytes.length && this.#state !== "over") {
      if (this.#state === "data") {
        const end = Math.min(bytes.length, at + this.#left);
        this.#left -= end - at;
        onBody(bytes.subarray(at, end));
        at = end;
        if (this.#left === 0) this.#state = "data_end";
      } else {
        at = this.#readLine(bytes, at);
      }
    }
    return at;
  }

  /** As far as it is there. */
  #readLine(bytes: Buffer, from: number): number {
    const feed = bytes.indexOf(lineFeed, from);
    const end = feed === -1 ? bytes.length : feed + 1;
    this.#line += bytes.toString("latin1", from, end);
    if (this.#line.length > this.#lineBytesMax()) throw new Http1Error("malformed_chunk");
    if (feed === -1) {
      // A CR is an end of a line or nothing.
      if (hasInnerReturn(this.#line)) throw new Http1Error("malformed_chunk");
      return end;
    }
    if (this.#line.charCodeAt(this.#line.length - 2) !== carriageReturn) {
      throw new Http1Error("malformed_chunk");
    }
    const line = this.#line.slice(0, -2);
    this.#line = "";
    this.#take(line);
    return end;
  }

  #take(line: string): void {
    switch (this.#state) {
      case "data_end":
        if (line !== "") throw new Http1Error("malformed_chunk");
        this.#state = "size";
        return;
      case "size": {
        const size = sizeLine.exec(line)?.[1];
        if (size === undefined) throw new Http1Error("malformed_chunk");
        this.#left = Number.parseInt(size, 16);
        this.#state = this.#left === 0 ? "trailer" : "data";
        return;
      }
      case "trailer":
        if (line === "") {
          parseFields(this.#trailers);
          this.#state = "over";
          return;
        }
        this.#trailers += `${line}\r\n`;
        return;
      case "data":
      case "over":
    }
  }

  #lineBytesMax(): number {
    switch (this.#state) {
      case "size":
        return sizeLineBytesMax;
      case "trailer":
        return trailerBytesMax - this.#trailers.length;
      default:
        return 2;
    }
  }
}

function hasInnerReturn(line: string): boolean {
  const at = line.indexOf("\r");
  return at !== -1 && at < line.length - 1;
}
