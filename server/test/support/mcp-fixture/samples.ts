/** The smallest files of their kind, base64: a picture of one red pixel, and a sound of no samples. */
export const pixelPng =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";

export const silentWav = Buffer.from(
  [
    ["RIFF", 36, "WAVEfmt ", 16],
    [1, 1, 8000, 16_000, 2, 16],
    ["data", 0],
  ]
    .flat()
    .map((part, index) => {
      if (typeof part === "string") return Buffer.from(part, "latin1").toString("hex");
      // Format, channels, block size and bits of a sample are of two bytes, all else of four.
      const short = [4, 5, 8, 9].includes(index);
      const bytes = Buffer.alloc(short ? 2 : 4);
      if (short) bytes.writeUInt16LE(part);
      else bytes.writeUInt32LE(part);
      return bytes.toString("hex");
    })
    .join(""),
  "hex",
).toString("base64");
