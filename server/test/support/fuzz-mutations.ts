/**
 * Mutations of what a client sends, as data: from a random generator in the long run, from fast-check in the
 * short one. Whatever the numbers in a mutation, it applies.
 */
import { frontend } from "#/proxies/postgres/wire/codec.ts";
import { decodeFrontend } from "#/proxies/postgres/wire/decode-frontend.ts";
import {
  copyDoneFrame,
  encodeBind,
  encodeClose,
  encodeCopyData,
  encodeCopyFail,
  encodeDescribe,
  encodeExecute,
  encodeParse,
  encodeQuery,
  syncFrame,
} from "#/proxies/postgres/wire/encode-frontend.ts";
import { frameOf } from "#/proxies/postgres/wire/frame.ts";
import type { FrontendMessage } from "#/proxies/postgres/wire/frontend-messages.ts";
import { statements } from "./fuzz-statements.ts";

export const mutationKinds = [
  "drop",
  "duplicate",
  "swap",
  "insert",
  "cut",
  "statement",
  "name",
  "field",
  "flip",
  "length",
  "shorten",
  "lengthen",
  "type",
] as const;

export interface Mutation {
  readonly kind: (typeof mutationKinds)[number];
  /** Which message. */
  readonly at: number;
  /** Where in it, or which of the choices. */
  readonly place: number;
  readonly value: number;
}

export type Messages = readonly Buffer[];

export function mutate(messages: Messages, mutations: readonly Mutation[]): Messages {
  return mutations.reduce<Messages>(
    (mutated, mutation) => (mutated.length === 0 ? [syncFrame] : apply(mutated, mutation)),
    messages,
  );
}

/** A comment that makes each statement's text the only one of its kind. */
export function mark(messages: Messages, name: string): Messages {
  return messages.map((bytes, index) =>
    change(bytes, (message) => {
      const comment = `/*${name}.${index}*/`;
      if (message.kind === "query") return encodeQuery(`${message.sql} ${comment}`);
      return message.kind === "parse"
        ? encodeParse({ ...message, sql: `${message.sql} ${comment}` })
        : bytes;
    }),
  );
}

/** The stream in pieces, cut at these places. */
export function split(stream: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = places.map((place) => place % (stream.length + 1)).toSorted((a, b) => a - b);
  return [...ends, stream.length].map((end, index) => stream.subarray(ends[index - 1] ?? 0, end));
}

function apply(messages: Messages, { kind, at, place, value }: Mutation): Messages {
  const index = at % messages.length;
  const bytes = messages[index] ?? syncFrame;
  const other = place % messages.length;
  switch (kind) {
    case "drop":
      return messages.toSpliced(index, 1);
    case "duplicate":
      return messages.toSpliced(index, 0, ...Array.from({ length: 1 + (value % 3) }, () => bytes));
    case "swap":
      return messages.with(index, messages[other] ?? bytes).with(other, bytes);
    case "insert":
      return messages.toSpliced(index, 0, strays[place % strays.length] ?? syncFrame);
    case "cut":
      return messages.slice(0, index + 1);
    case "statement":
      return messages.with(index, withStatement(bytes, pick(statements, place)));
    case "name":
      return messages.with(index, withName(bytes, pick(names, place), value));
    case "field":
      return messages.with(index, withField(bytes, place, value));
    default:
      return messages.with(index, damage(bytes, { kind, at, place, value }));
  }
}

/** Bytes that no longer are what their header says. */
function damage(bytes: Buffer, { kind, place, value }: Mutation): Buffer {
  const damaged = Buffer.from(bytes);
  const at = damaged.length === 0 ? 0 : place % damaged.length;
  switch (kind) {
    case "flip":
      if (damaged.length > 0) damaged[at] = (damaged[at] ?? 0) ^ (1 << (value % 8));
      return damaged;
    case "length":
      if (damaged.length >= 5) damaged.writeInt32BE(pick(lengths, place) + (value % 7), 1);
      return damaged;
    case "type":
      if (damaged.length > 0) damaged[0] = pick(types, place);
      return damaged;
    case "shorten":
      return withLength(damaged.subarray(0, Math.max(5, at)), value);
    default:
      return withLength(Buffer.concat([damaged, Buffer.alloc(1 + (value % 40), value)]), place);
  }
}

/** Half of them with a header that fits, so that the damage is inside. */
function withLength(bytes: Buffer, choice: number): Buffer {
  const fitting = Buffer.from(bytes);
  if (choice % 2 === 0 && fitting.length >= 5) fitting.writeInt32BE(fitting.length - 1, 1);
  return fitting;
}

function withStatement(bytes: Buffer, sql: string): Buffer {
  return change(bytes, (message) => {
    if (message.kind === "parse") return encodeParse({ ...message, sql });
    return message.kind === "query" ? encodeQuery(sql) : bytes;
  });
}

function withName(bytes: Buffer, name: string, value: number): Buffer {
  return change(bytes, (message) => {
    switch (message.kind) {
      case "parse":
        return encodeParse({ ...message, name });
      case "bind":
        return encodeBind({ ...message, [value % 2 === 0 ? "portal" : "statement"]: name });
      case "execute":
        return encodeExecute(name, message.rowsMax);
      case "describe":
      case "close": {
        const encode = message.kind === "close" ? encodeClose : encodeDescribe;
        return encode(value % 2 === 0 ? "portal" : "statement", name);
      }
      default:
        return bytes;
    }
  });
}

function withField(bytes: Buffer, place: number, value: number): Buffer {
  return change(bytes, (message) => {
    switch (message.kind) {
      case "parse":
        return encodeParse({ ...message, parameterTypes: [pick(typeIds, place)] });
      case "bind": {
        const parameters = [null, Buffer.alloc(value % 20, place), Buffer.from("1")];
        const format = value % 2 === 0 ? 0 : 1;
        return encodeBind({
          ...message,
          parameterFormats: place % 3 === 0 ? [] : [format],
          parameters: parameters.slice(place % 4),
          resultFormats: [format],
        });
      }
      case "execute":
        return encodeExecute(message.portal, value % 3);
      default:
        return bytes;
    }
  });
}

/** What can't be read any more stays as it is. */
function change(bytes: Buffer, to: (message: FrontendMessage) => Buffer): Buffer {
  try {
    if (bytes.readInt32BE(1) !== bytes.length - 1) return bytes;
    return to(decodeFrontend(frameOf(bytes)));
  } catch {
    return bytes;
  }
}

function pick<Item>(items: readonly Item[], place: number): Item {
  return items[place % items.length] as Item;
}

const types: readonly number[] = [...Object.values(frontend), 0, 0x20, 0x7f, 0xff];
const lengths: readonly number[] = [-1, 0, 3, 4, 5, 64, 10_000, 65_536, 2 ** 24, 2 ** 31 - 8];
const typeIds: readonly number[] = [0, 16, 17, 23, 25, 705, 2 ** 31];
const names: readonly string[] = [
  "",
  "find",
  "a",
  "walk",
  "_countersign_1",
  "_countersign_refused",
  "_pg3_0",
  "x".repeat(64),
  "é",
];

const bound = { parameterFormats: [], parameters: [], resultFormats: [] } as const;

const row = encodeCopyData(Buffer.from("9\tz\n"));
const unnamed = (sql: string): readonly Buffer[] => [
  encodeParse({ name: "", sql, parameterTypes: [] }),
  encodeBind({ portal: "", statement: "", ...bound }),
  encodeExecute(""),
];

/** A COPY with its data, whole or not, in an order or out of it: each is sent as one. */
const copies: readonly Buffer[] = [
  [encodeQuery("copy items from stdin"), row, copyDoneFrame],
  [encodeQuery("copy items from stdin"), row, encodeCopyFail("no")],
  [encodeQuery("copy items from stdin"), row],
  [encodeQuery("copy items from stdin"), copyDoneFrame, row, copyDoneFrame],
  [encodeQuery("copy items from stdin"), syncFrame, row, syncFrame, copyDoneFrame, syncFrame],
  [encodeQuery("copy items from stdin (format binary)"), row, copyDoneFrame],
  [encodeQuery("copy items from stdin"), encodeCopyData(Buffer.alloc(40_000, "9")), copyDoneFrame],
  [...unnamed("copy items from stdin"), syncFrame, row, copyDoneFrame, syncFrame],
  [...unnamed("copy items from stdin"), row, copyDoneFrame, ...unnamed("select 1"), syncFrame],
  [...unnamed("copy items (id) from stdin csv"), encodeCopyFail("no"), syncFrame],
  [...unnamed("copy items from stdin"), encodeQuery("select 1")],
  [row, row, copyDoneFrame],
].map((messages) => Buffer.concat(messages));

/** Messages that belong nowhere, or somewhere else. */
const strays: readonly Buffer[] = [
  ...copies,
  ...statements.map(encodeQuery),
  ...statements.map((sql) => encodeParse({ name: "", sql, parameterTypes: [] })),
  encodeBind({ portal: "", statement: "", ...bound }),
  encodeBind({ portal: "a", statement: "", ...bound }),
  encodeExecute(""),
  encodeExecute("a", 1),
  encodeClose("statement", "find"),
  encodeDescribe("portal", ""),
  syncFrame,
  Buffer.from([frontend.flush, 0, 0, 0, 4]),
  Buffer.from([frontend.copyDone, 0, 0, 0, 4]),
  Buffer.from([frontend.copyData, 0, 0, 0, 8, 1, 2, 3, 4]),
  Buffer.from([frontend.copyFail, 0, 0, 0, 5, 0]),
  // A function call: 2200 is int4 of a bit string; two arguments of no type.
  Buffer.from([frontend.functionCall, 0, 0, 0, 14, 0, 0, 8, 0x98, 0, 0, 0, 0, 0, 0]),
  Buffer.from([frontend.signIn, 0, 0, 0, 9, 0x61, 0x62, 0x63, 0x64, 0]),
];
