/**
 * Looks for a planted value in an output, however it may have got there: as it is, encoded, reversed, broken
 * up by separators, lines or quoting, or only a half of it.
 *
 * Of output and value alike only ASCII letters and digits are compared, in lower case. Blanks, line breaks,
 * punctuation, colours, the NULs of UTF-16 and the shape of an encoding's own marks are gone by then; so is what
 * would tell a false alarm from a trace, which is why a plant is long and drawn at random.
 */

/** Shorter ones could be in an output by chance. */
const plantBytesMin = 9;
/** Of a value that is twice as long, a half is a trace too. */
const halfCharactersMin = 12;

export interface Haystack {
  readonly exact: Buffer;
  readonly squeezed: string;
}

export function haystackOf(output: string | Buffer): Haystack {
  const exact = typeof output === "string" ? Buffer.from(output, "utf8") : output;
  return { exact, squeezed: squeeze(exact.toString("latin1")) };
}

/** The names of the forms in which the value is there. */
export function tracesOf(value: string | Buffer, { exact, squeezed }: Haystack): readonly string[] {
  const bytes = typeof value === "string" ? Buffer.from(value, "utf8") : value;
  const found = new Set<string>(exact.includes(bytes) ? ["as it is"] : []);
  for (const part of typeof value === "string" ? partsOf(value) : [bytes]) {
    for (const [name, needle] of formsOf(part)) if (squeezed.includes(needle)) found.add(name);
  }
  return [...found];
}

/** The whole is found by its halves where it is long enough for them. */
function partsOf(value: string): readonly Buffer[] {
  const middle = Math.floor(value.length / 2);
  const halves = [value.slice(0, middle), value.slice(middle)];
  const isLong = halves.every((half) => squeeze(half).length >= halfCharactersMin);
  return (isLong ? halves : [value]).map((part) => Buffer.from(part, "utf8"));
}

function formsOf(bytes: Buffer): readonly (readonly [name: string, needle: string])[] {
  const text = bytes.toString("utf8");
  const wide = Buffer.from(text, "utf16le");
  const characters = Array.from(text);
  const backward = characters.toReversed().join("");
  const units = characters.map((character) => character.charCodeAt(0));
  const spelled = (write: (unit: number) => string) => units.map(write).join(" ");
  const forms = [
    ["broken up", bytes.toString("latin1")],
    ["hexadecimal", bytes.toString("hex")],
    ["hexadecimal UTF-16", wide.toString("hex")],
    ["hexadecimal UTF-16, big end first", Buffer.from(wide).swap16().toString("hex")],
    ["octal", [...bytes].map((byte) => byte.toString(8).padStart(3, "0")).join("")],
    ["URL-encoded", encodeURIComponent(text)],
    ["JSON-escaped", spelled((unit) => `u${unit.toString(16).padStart(4, "0")}`)],
    ["JSON-escaped where it must be", asciiJson(text)],
    ["HTML-escaped", spelled((unit) => `&#${unit};`)],
    ["HTML-escaped, hexadecimal", spelled((unit) => `&#x${unit.toString(16)};`)],
    ["reversed", backward],
    ["reversed, in base64", Buffer.from(backward).toString("base64")],
    ...[0, 1, 2].map((shift) => [`base64, shifted by ${shift}`, base64Core(bytes, shift)] as const),
    ...[0, 1, 2].map(
      (shift) => [`base64 of UTF-16, shifted by ${shift}`, base64Core(wide, shift)] as const,
    ),
  ] as const;
  return forms
    .map(([name, form]) => [name, squeeze(form)] as const)
    .filter(([, needle]) => needle.length >= plantBytesMin);
}

/** What the base64 of any text with these bytes in it holds, behind as many bytes as leave this shift. */
function base64Core(bytes: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
  const begin = Math.ceil((shift * 8) / 6);
  // The last characters hold bits of whatever comes behind.
  const end = Math.floor(((shift + bytes.length) * 8) / 6);
  return encoded.slice(begin, end);
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const terminalColours = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

function squeeze(text: string): string {
  return text
    .replaceAll(terminalColours, "")
    .replaceAll(/[^A-Za-z0-9]+/g, "")
    .toLowerCase();
}
