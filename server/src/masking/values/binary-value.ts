/** Values in PostgreSQL's binary format, as their texts (the send and receive functions of each type). */

/** Null for what the type does not send: then nothing is known of the value. */
export type ReadBinary = (bytes: Buffer, from: number, to: number) => string | null;

const textReader: ReadBinary = (bytes, from, to) => bytes.toString("utf8", from, to);

const readers: Readonly<Record<string, ReadBinary>> = {
  int2: sized(2, (bytes, at) => String(bytes.readInt16BE(at))),
  int4: sized(4, (bytes, at) => String(bytes.readInt32BE(at))),
  oid: sized(4, (bytes, at) => String(bytes.readUInt32BE(at))),
  xid: sized(4, (bytes, at) => String(bytes.readUInt32BE(at))),
  cid: sized(4, (bytes, at) => String(bytes.readUInt32BE(at))),
  int8: sized(8, (bytes, at) => String(bytes.readBigInt64BE(at))),
  xid8: sized(8, (bytes, at) => String(bytes.readBigUInt64BE(at))),
  float4: sized(4, (bytes, at) => String(bytes.readFloatBE(at))),
  float8: sized(8, (bytes, at) => String(bytes.readDoubleBE(at))),
  /** In the smallest unit, of which most currencies have a hundred. */
  money: sized(8, (bytes, at) => (Number(bytes.readBigInt64BE(at)) / 100).toFixed(2)),
  numeric,
  text: textReader,
  varchar: textReader,
  bpchar: textReader,
  name: textReader,
  unknown: textReader,
  citext: textReader,
  xml: textReader,
  json: textReader,
  /** A version, and the document. */
  jsonb: (bytes, from, to) =>
    bytes[from] === 1 && to > from ? bytes.toString("utf8", from + 1, to) : null,
};

/** Null for a type whose values can't be read. */
export function binaryReader(type: string): ReadBinary | null {
  return readers[type] ?? null;
}

function sized(size: number, read: (bytes: Buffer, at: number) => string): ReadBinary {
  return (bytes, from, to) => (to - from === size ? read(bytes, from) : null);
}

const numericHeaderBytes = 8;
const groupDigits = 4;
const groupsMax = 40;

/** Groups of four digits, the first of which counts `weight` times ten thousand. */
function numeric(bytes: Buffer, from: number, to: number): string | null {
  if (to - from < numericHeaderBytes) return null;
  const groups = bytes.readUInt16BE(from);
  const weight = bytes.readInt16BE(from + 2);
  const sign = bytes.readUInt16BE(from + 4);
  if (to - from !== numericHeaderBytes + 2 * groups) return null;
  if (sign !== 0 && sign !== 0x4000) return "NaN";
  // Longer than what anybody is known by.
  if (groups > groupsMax || weight > groupsMax || weight < -groupsMax) return "";
  let whole = "";
  let fraction = "0".repeat(groupDigits * Math.max(0, -weight - 1));
  for (let group = 0; group < Math.max(groups, weight + 1); group += 1) {
    const value = group < groups ? bytes.readUInt16BE(from + numericHeaderBytes + 2 * group) : 0;
    const digits = String(value).padStart(groupDigits, "0");
    if (group <= weight) whole += digits;
    else fraction += digits;
  }
  const written = `${sign === 0 ? "" : "-"}${whole.replace(/^0+(?=\d)/, "") || "0"}`;
  return fraction === "" ? written : `${written}.${fraction}`;
}
