/**
 * One text of an answer with what rules mask of it replaced: a document in it by its keys, links by the names of their parameters, the rest by
 * what recognizers find.
 *
 * Guarantees that what can't be looked into is replaced: what is too long, bytes that are no text, documents that are nested too deep.
 */
import { isUtf8 } from "node:buffer";
import { digitsLeast } from "#/masking/automaton/runs.ts";
import { maskBytes } from "#/masking/mask-bytes.ts";
import type { Recognizing } from "#/masking/recognizing.ts";
import type { Replace } from "#/masking/replacement/replace.ts";
import { entityOfNumber } from "#/masking/values/value-class.ts";
import type { JsonNode, JsonString } from "#/proxies/mcp/json/json-node.ts";
import { edit, noEdits, renameKey, write } from "./edits.ts";
import { parseJson } from "./json-tree.ts";
import { entityToldBy, type Names, type NameTold } from "./names.ts";
import { lookedAtData } from "./places.ts";
import type { TracedValues } from "./traced.ts";

export interface TextMasking {
  readonly recognizers: Recognizing;
  readonly names: Names;
  /** Tells of each value that it replaces. */
  readonly replace: Replace;
  readonly traced: TracedValues;
}

/** A longer text is replaced whole: what it holds is not looked at. */
const answerTextCharsMax = 1024 * 1024;
/** A document within a text, within a document… */
const nestedJsonMax = 3;
/** Nothing but base64 of so many characters that is no text is taken for bytes. */
const bytesCharsLeast = 1024;

/** Null where nothing is replaced. `name` is the key under which it stands. */
export function maskAnswerText(
  masking: TextMasking,
  name: string,
  text: string,
  level = 0,
): string | null {
  if (text === "") return null;
  if (text.length > answerTextCharsMax) return masking.replace("unscanned", text);
  const told = masking.names(name);
  const named = entityToldBy(told, masking.recognizers, text);
  if (named !== null) return masking.replace(named, text);
  if (holdsNothing.test(text)) return null;
  if (/^\s*[[{]/.test(text)) {
    const document = maskDocument(masking, name, text, level);
    if (document !== noDocument) return document;
  }
  if (isBytes(text)) return masking.replace("unscanned", text);
  return changed(text, maskRunning(masking, told, text));
}

export function maskAnswerNumber(
  { recognizers, names, replace, traced }: TextMasking,
  name: string,
  written: string,
): boolean {
  const told = names(name);
  const entity =
    entityToldBy(told, recognizers, written) ??
    (written.length < digitsLeast
      ? null
      : entityOfNumber(recognizers.finder, told.lead, written)) ??
    traced.entityOf(written);
  if (entity !== null) replace(entity, written);
  return entity !== null;
}

/** Shorter than what holds anything, and but letters. */
const holdsNothing = /^[A-Za-z _-]{0,7}$/;

/** A key is looked at as text. */
export function maskAnswerKey(masking: TextMasking, key: string): string | null {
  return key.length > answerTextCharsMax
    ? masking.replace("unscanned", key)
    : holdsNothing.test(key)
      ? null
      : changed(key, maskRunning(masking, masking.names(""), key));
}

function changed(text: string, masked: string): string | null {
  return masked === text ? null : masked;
}

function maskRunning(masking: TextMasking, { leadBytes }: NameTold, text: string): string {
  const { recognizers, replace, traced } = masking;
  const whole = text.includes("data:") ? maskDataUrls(masking, text) : text;
  const bytes = maskBytes(recognizers.finder, replace, leadBytes, Buffer.from(whole, "utf8"));
  const found = bytes === undefined ? whole : bytes.bytes.toString("utf8");
  const linked = found.includes("=") ? maskParameters(masking, found) : found;
  return traced.replaceIn(linked) ?? linked;
}

const noDocument = Symbol("no document");

function maskDocument(
  masking: TextMasking,
  name: string,
  text: string,
  level: number,
): string | typeof noDocument | null {
  const root = parseJson(text, name);
  if (root === "malformed") return noDocument;
  if (typeof root === "string" || level >= nestedJsonMax) return masking.replace("unscanned", text);
  return editDocument(text, root, {
    text: (node) => maskAnswerText(masking, node.key, node.value, level + 1),
    number: (node, written) => maskAnswerNumber(masking, node.key, written),
    key: (key) => maskAnswerKey(masking, key),
  });
}

/** The text with what was replaced elsewhere meanwhile; null where it has none of it. */
export function retraceText(traced: TracedValues, text: string, level = 0): string | null {
  const root = level < nestedJsonMax && /^\s*[[{]/.test(text) ? parseJson(text) : "malformed";
  if (typeof root === "string") return traced.replaceIn(text);
  return editDocument(text, root, {
    text: ({ value }) => retraceText(traced, value, level + 1),
    number: (_, written) => traced.entityOf(written) !== null,
    key: (key) => traced.replaceIn(key),
  });
}

interface DocumentMasking {
  readonly text: (node: JsonString) => string | null;
  readonly number: (node: JsonNode, written: string) => boolean;
  readonly key: (key: string) => string | null;
}

function editDocument(text: string, root: JsonNode, masking: DocumentMasking): string | null {
  const edits = noEdits();
  const { texts, keys } = lookedAtData(root);
  for (const node of texts) {
    if (node.kind === "string") {
      const masked = masking.text(node);
      if (masked !== null) edit(edits, node, { kind: "value", value: masked });
    } else if (masking.number(node, text.slice(node.start, node.end))) {
      edit(edits, node, { kind: "value", value: 0 });
    }
  }
  for (const { owner, member } of keys) {
    const masked = masking.key(member.key);
    if (masked !== null) renameKey(edits, owner, member, masked);
  }
  return edits.changed.size === 0
    ? null
    : `${text.slice(0, root.start)}${write(text, root, edits)}${text.slice(root.end)}`;
}

/** `?email=…&token=…`: of links wherever they stand. */
function maskParameters({ recognizers, names, replace }: TextMasking, text: string): string {
  return text.replaceAll(parameterForm, (whole, sign: string, key: string, value: string) => {
    if (value === "" || isReplaced(value)) return whole;
    const plain = decoded(value);
    const entity = entityToldBy(names(decoded(key)), recognizers, plain);
    return entity === null ? whole : `${sign}${key}=${replace(entity, plain)}`;
  });
}

const parameterForm = /([?&;#])([\w.%[\]-]{1,64})=([^&;#\s"'<>\\)]{1,4096})/g;

/** What a masker has put there. */
function isReplaced(value: string): boolean {
  return /^[<*]|\*{2}/.test(value);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** A data URL is looked into; bytes that are no text go. */
function maskDataUrls(masking: TextMasking, text: string): string {
  return text.replaceAll(
    dataUrlForm,
    (whole, head: string, isBase64: string | undefined, data: string) => {
      const bytes =
        isBase64 === undefined
          ? Buffer.from(decoded(data), "utf8")
          : Buffer.from(decoded(data), "base64");
      const inner = textOfBytes(bytes);
      if (inner === null) return masking.replace("unscanned", whole);
      const masked = maskAnswerText(masking, "", inner, nestedJsonMax - 1);
      if (masked === null) return whole;
      return isBase64 === undefined
        ? `${head},${encodeURIComponent(masked)}`
        : `${head};base64,${Buffer.from(masked, "utf8").toString("base64")}`;
    },
  );
}

const dataUrlForm =
  /(data:[\w.+-]*(?:\/[\w.+-]+)?(?:;[\w-]+=[\w.+-]+)*)(;base64)?,([^\s"'<>)\\]*)/gi;

function isBytes(text: string): boolean {
  if (text.length < bytesCharsLeast || !base64Form.test(text)) return false;
  return textOfBytes(Buffer.from(text, "base64")) === null;
}

const base64Form = /^[A-Za-z0-9+/_\-\r\n]+={0,2}\s*$/;

/** Null where they are no text. */
export function textOfBytes(bytes: Buffer): string | null {
  if (!isUtf8(bytes)) return null;
  const text = bytes.toString("utf8");
  return noText.test(text) ? null : text;
}

// oxlint-disable-next-line no-control-regex
const noText = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;
