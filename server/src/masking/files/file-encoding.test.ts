import assert from "node:assert/strict";
import { test } from "node:test";
import { finder } from "#/masking/finder.test-support.ts";
import { redact } from "#/masking/replacement/replace.ts";
import { inUtf8 } from "./file-encoding.ts";
import { startPlainText } from "./file-text.ts";

/** What is found, and the masked copy, of a file that comes in pieces of this size. */
function scanned(file: Uint8Array, pieceBytes: number) {
  const found: string[] = [];
  const copy: Uint8Array[] = [];
  const scan = inUtf8(
    startPlainText({
      finder,
      replace: redact,
      onFound: ({ entity, line, column }) => found.push(`${entity} ${line}:${column}`),
      emit: (piece) => copy.push(piece.slice()),
    }),
  );
  for (let at = 0; at < file.length; at += pieceBytes)
    scan.push(file.subarray(at, at + pieceBytes));
  scan.end();
  return { found, copy: Buffer.concat(copy).toString("utf8") };
}

const text = "to: ada@example.com\nname: Zoë 🙂\n";

test("a file in UTF-16 is read as what it says, however it is cut, and its masked copy is in UTF-8", () => {
  const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
  const big = Buffer.from(little).swap16();
  for (const file of [little, big])
    for (const pieceBytes of [1, 3, 1000])
      assert.deepEqual(scanned(file, pieceBytes), {
        found: ["email 1:5"],
        copy: "to: <EMAIL>\nname: Zoë 🙂\n",
      });
});

test("a file in UTF-8 passes to the byte, also one of a single byte or of none", () => {
  for (const file of [text, "a", ""])
    assert.equal(scanned(Buffer.from(file), 7).copy, file.replace("ada@example.com", "<EMAIL>"));
});
