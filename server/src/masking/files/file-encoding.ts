/** Files in UTF-16, as Windows writes many: read as the UTF-8 that they would be, told by the mark at their beginning. */
import { TextDecoder } from "node:util";
import type { FileScan } from "./file-scan.ts";

const markBytes = 2;

/** What is pushed into `scan` is UTF-8; the masked copy is, too. */
export function inUtf8(scan: FileScan): FileScan {
  let first: Uint8Array = new Uint8Array(0);
  /** Undefined until the mark has been read. */
  let decoder: TextDecoder | null | undefined;

  function pass(piece: Uint8Array, isLast: boolean): void {
    if (decoder === null || decoder === undefined) return scan.push(piece);
    const text = decoder.decode(piece, { stream: !isLast });
    if (text !== "") scan.push(Buffer.from(text, "utf8"));
  }

  return {
    push(piece) {
      if (decoder !== undefined) return pass(piece, false);
      first = first.length === 0 ? piece : Buffer.concat([first, piece]);
      if (first.length < markBytes) return;
      decoder = decoderOf(first);
      pass(first, false);
    },
    end() {
      if (decoder === undefined) scan.push(first);
      else if (decoder !== null) pass(new Uint8Array(0), true);
      scan.end();
    },
  };
}

function decoderOf([one, two]: Uint8Array): TextDecoder | null {
  if (one === 0xff && two === 0xfe) return new TextDecoder("utf-16le");
  return one === 0xfe && two === 0xff ? new TextDecoder("utf-16be") : null;
}
