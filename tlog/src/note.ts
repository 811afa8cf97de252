/**
 * C2SP signed-note v1.0.0 with Ed25519 keys (type 0x01): keys, signing and verification.
 *
 * A verified note is one that at least one known key signed and for which no known key's signature
 * is wrong; what unknown keys sign is ignored. Public keys travel in the C2SP form
 * `name+keyid+base64`, secret keys in that of Go's sumdb, `PRIVATE+KEY+name+keyid+base64`, and
 * in memory only inside a KeyObject, which no log line prints. What a note says is not known here.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { TlogError, type TlogErrorCode } from "./errors.ts";
import { checkBound, noteCharsMax, parseBase64, signaturesMax, toBase64 } from "./parse.ts";

/** `id` is the key id in 8 hexadecimal digits. Name and id together identify a key. */
export type VerifierKey = {
  readonly name: string;
  readonly id: string;
  readonly publicKey: KeyObject;
};
export type SigningKey = VerifierKey & { readonly privateKey: KeyObject };

export type NoteSignature = {
  readonly name: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
};
export type Note = { readonly text: string; readonly signatures: readonly NoteSignature[] };

export function generateKey(name: string): SigningKey {
  return signingKey(name, generateKeyPairSync("ed25519").privateKey);
}

export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${key.id}+${toBase64(typedPublicKey(key.publicKey))}`;
}

export function parseVerifierKey(vkey: string): VerifierKey {
  const { name, id, material } = parseKey(vkey, "");
  const publicKey = createPublicKey({
    key: Buffer.concat([spkiPrefix, material]),
    format: "der",
    type: "spki",
  });
  return checkKeyId({ name, id: keyId(name, publicKey), publicKey }, id);
}

/** The result is a secret. */
export function formatSigningKey(key: SigningKey): string {
  const seed = key.privateKey.export({ format: "der", type: "pkcs8" }).subarray(-keyBytes);
  return `${secretPrefix}${key.name}+${key.id}+${toBase64(withType(seed))}`;
}

export function parseSigningKey(skey: string): SigningKey {
  const { name, id, material } = parseKey(skey, secretPrefix);
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Prefix, material]),
    format: "der",
    type: "pkcs8",
  });
  return checkKeyId(signingKey(name, privateKey), id);
}

export function signNote(text: string, keys: readonly SigningKey[]): string {
  const signatures = keys.map(({ name, id, privateKey }) => ({
    name,
    keyId: id,
    signature: sign(null, Buffer.from(text), privateKey),
  }));
  const note = formatNote({ text, signatures });
  if (parseNote(note).text !== text) throw malformedNote();
  return note;
}

/** Returns the note with only those signatures that verified, one for each key that signed. */
export function verifyNote(note: string, vkeys: readonly string[]): Note {
  const { text, signatures } = parseNote(note);
  const signed = Buffer.from(text);
  const verified = [...new Set(vkeys)].map(parseVerifierKey).flatMap((key) => {
    const own = signatures.filter(({ name, keyId }) => name === key.name && keyId === key.id);
    if (!own.every(({ signature }) => verify(null, signed, key.publicKey, signature))) {
      throw new TlogError("note.signature_invalid", `the signature of ${key.name} is not valid`);
    }
    return own.slice(0, 1);
  });
  if (verified.length === 0) throw new TlogError("note.unsigned", "no known key signed the note");
  return { text, signatures: verified };
}

export function formatNote({ text, signatures }: Note): string {
  const lines = signatures.map(({ name, keyId, signature }) => {
    return `— ${name} ${toBase64(Buffer.concat([Buffer.from(keyId, "hex"), signature]))}\n`;
  });
  return `${text}\n${lines.join("")}`;
}

/** Nothing in the result is authenticated. */
export function parseNote(note: string): Note {
  checkBound("the length of a note", note.length, noteCharsMax);
  const blankLine = note.lastIndexOf("\n\n");
  if (blankLine === -1 || !note.endsWith("\n") || !isPlainText(note)) throw malformedNote();
  const lines = note.slice(blankLine + 2, -1).split("\n");
  checkBound("the number of signatures", lines.length, signaturesMax);
  return { text: note.slice(0, blankLine + 1), signatures: lines.map(parseSignature) };
}

/** Neither spaces nor plus signs, which separate the fields of key and signature lines. */
export function checkKeyName(name: string, code: TlogErrorCode): void {
  if (!/^[^\s\u0085+]+$/u.test(name) || !isPlainText(name)) {
    throw new TlogError(code, "a key name must be plain text without spaces and plus signs");
  }
}

const ed25519Type = 0x01;
const keyIdBytes = 4;
const keyBytes = 32;
const secretPrefix = "PRIVATE+KEY+";
// What precedes the 32 bytes of an Ed25519 key in its DER forms (RFC 8410, sections 4 and 7).
const spkiPrefix = Buffer.from("302a300506032b6570032100", "hex");
const pkcs8Prefix = Buffer.from("302e020100300506032b657004220420", "hex");

function signingKey(name: string, privateKey: KeyObject): SigningKey {
  checkKeyName(name, "key.malformed");
  const publicKey = createPublicKey(privateKey);
  return { name, id: keyId(name, publicKey), publicKey, privateKey };
}

function keyId(name: string, publicKey: KeyObject): string {
  const digest = createHash("sha256").update(`${name}\n`).update(typedPublicKey(publicKey));
  return digest.digest().subarray(0, keyIdBytes).toString("hex");
}

function typedPublicKey(publicKey: KeyObject): Uint8Array {
  return withType(publicKey.export({ format: "der", type: "spki" }).subarray(-keyBytes));
}

function withType(material: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.of(ed25519Type), material]);
}

function parseKey(text: string, prefix: string) {
  const fields = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(text.slice(prefix.length));
  if (!text.startsWith(prefix) || fields === null) {
    throw new TlogError("key.malformed", `a key has the form ${prefix}name+keyid+base64`);
  }
  const [, name = "", id = "", encoded = ""] = fields;
  checkKeyName(name, "key.malformed");
  const typed = parseBase64(encoded, "key.malformed", "the last field of a key");
  if (typed[0] !== ed25519Type) {
    throw new TlogError("key.unsupported", "only Ed25519 keys (type 0x01) are supported");
  }
  if (typed.length !== 1 + keyBytes) {
    throw new TlogError("key.malformed", `an Ed25519 key is ${keyBytes} bytes long`);
  }
  return { name, id, material: typed.subarray(1) };
}

function checkKeyId<K extends VerifierKey>(key: K, id: string): K {
  if (key.id === id) return key;
  throw new TlogError("key.malformed", "the key id does not belong to this name and key");
}

function parseSignature(line: string): NoteSignature {
  const [dash, name = "", encoded = "", ...more] = line.split(" ");
  if (dash !== "—" || more.length > 0) throw malformedNote();
  checkKeyName(name, "note.malformed");
  const bytes = Buffer.from(parseBase64(encoded, "note.malformed", "a signature"));
  if (bytes.length <= keyIdBytes) throw malformedNote();
  return {
    name,
    keyId: bytes.subarray(0, keyIdBytes).toString("hex"),
    signature: bytes.subarray(keyIdBytes),
  };
}

/** Text that UTF-8 can carry, without ASCII control characters other than newline. */
function isPlainText(text: string): boolean {
  // oxlint-disable-next-line no-control-regex
  return text.isWellFormed() && !/[\u0000-\u0009\u000b-\u001f]/u.test(text);
}

function malformedNote(): TlogError {
  return new TlogError(
    "note.malformed",
    "a note is text, a blank line and signature lines, without control characters",
  );
}
