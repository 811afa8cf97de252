/** Small sets that were written for this project: things in surroundings, and what only looks like them. */
import { createHash } from "node:crypto";
import type { Entity } from "../../server/src/core/entity.ts";
import { catalogue } from "../../server/src/masking/catalogue.ts";
import { tokenShapes } from "../../server/src/masking/finders/tokens.ts";
import { createDraw, tokenOf } from "../../server/src/masking/sample-texts.test-support.ts";

export interface Positive {
  readonly entity: Entity;
  readonly text: string;
  /** What has to be found, in bytes. */
  readonly start: number;
  readonly end: number;
}

const surroundings: readonly string[] = [
  "@",
  "Hello,\nplease find it below: @. Thanks, dana",
  '{"id": 17, "value": "@", "status": "open"}',
  "17,@,open,2024-01-15T10:23:45Z",
  "insert into records (id, value) values (17, '@');",
  '2024-01-15T10:23:45.123Z INFO request finished in 17 ms value="@" status=200',
  "| 17 | @ | open |",
  "// was: @\nconst value = null;",
];

export function positives(): readonly Positive[] {
  const examples = Object.entries(catalogue).flatMap(([entity, entry]) =>
    entry.examples.map((example) => ({ entity: entity as Entity, example })),
  );
  const tokens = tokenShapes.map(({ shape }, index) => ({
    entity: "provider_token" as const,
    example: tokenOf(shape.text, createDraw(index * 7919 + 13)),
  }));
  return [...examples, ...tokens].flatMap(({ entity, example }) =>
    surroundings.map((surrounding) => {
      const [before = "", after = ""] = surrounding.split("@");
      const start = Buffer.byteLength(before);
      return {
        entity,
        text: `${before}${example}${after}`,
        start,
        end: start + Buffer.byteLength(example),
      };
    }),
  );
}

/** Look-alikes by kind, so many of each, the same in every run. */
export function negatives(
  count: number,
): readonly { readonly kind: string; readonly text: string }[] {
  const draw = createDraw(4711);
  const digits = (length: number) => Array.from({ length }, () => draw(10)).join("");
  const hex = (length: number) =>
    createHash("sha512")
      .update(String(draw(1e9)))
      .digest("hex")
      .slice(0, length);
  const uuid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  const kinds: Readonly<Record<string, () => string>> = {
    "git hash": () => `commit ${hex(40)}`,
    "short hash": () => `fixed in ${hex(7)} and ${hex(12)}`,
    "content digest": () => `sha256:${hex(64)} md5 ${hex(32)}`,
    uuid: () => `{"id": "${uuid()}", "parent": "${uuid()}"}`,
    "trace id": () => `traceparent: 00-${hex(32)}-${hex(16)}-01`,
    version: () =>
      `version ${draw(20)}.${draw(50)}.${draw(3000)}.${draw(200)} of v${draw(9)}.${draw(9)}.${draw(9)}-rc.1`,
    "order number": () => `order ${digits(10)} (invoice ${digits(8)}, order_id: ${digits(16)})`,
    "bare number": () => `item ${digits(9)} ${digits(10)} ${digits(12)}`,
    timestamp: () =>
      `${1_600_000_000 + draw(1e8)} ${1_600_000_000_000 + draw(1e9)} ${1_600_000_000_000_000 + draw(1e9)}`,
    "date and time": () =>
      `2024-0${1 + draw(9)}-1${draw(10)}T1${draw(10)}:2${draw(10)}:3${draw(10)}.${digits(3)}Z 1${draw(10)}/0${1 + draw(9)}/2023`,
    amounts: () =>
      `${draw(9999)}.${digits(2)} + ${draw(99)},${digits(3)}.${digits(2)} = ${digits(5)}.${digits(2)}`,
    "decimal fraction": () => `ratio 0.${digits(16)} of 3.${digits(15)}`,
    "base64 of bytes": () => Buffer.from(hex(96), "hex").toString("base64"),
    code: () =>
      `const x${draw(99)} = items.map((item) => item.id * ${draw(999)}); // ${digits(3)}-${digits(3)}`,
    path: () => `https://example.com/users/${digits(7)}/posts/${digits(9)}?page=${draw(99)}`,
    "parcel number": () => `tracking 1Z${digits(6)}${digits(10)} barcode ${digits(13)}`,
    placeholder: () =>
      [
        "postgres://user:<password>@host/db",
        "password=${PASSWORD};server=db",
        "Authorization: Bearer <token>",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
        "you@",
        "user@localhost",
      ][draw(6)] ?? "",
  };
  return Object.entries(kinds).flatMap(([kind, make]) =>
    Array.from({ length: count }, () => ({ kind, text: make() })),
  );
}

/** Texts of each kind to measure speed with, made up here. */
export function textsOfKind(bytes: number): Readonly<Record<"code" | "rows" | "prose", Buffer>> {
  const draw = createDraw(99);
  const pick = (words: readonly string[]) => words[draw(words.length)] ?? "";
  const words =
    "the of and to in is that it for was on with as be at by this had not are but from or have an they which one you were her all she there would their we him been has when who will more no if out so said what up its about into than them can only other new some could time these two may then do first any my now such like our over man me even most made after also did many before must through back years where much your way well down should because each just those people how too little state good very make world still own see men work long get here between both life being under never day same another know while last might us great old year off come since against go came right used take three".split(
      " ",
    );
  const names =
    "request response user account order item index value result options config client server session record buffer stream parser handler context message error status length offset count".split(
      " ",
    );
  const fill = (line: () => string) => {
    const parts: string[] = [];
    for (let size = 0; size < bytes; ) {
      const text = line();
      parts.push(text);
      size += text.length;
    }
    return Buffer.from(parts.join(""));
  };
  const code = () =>
    `${"  ".repeat(draw(4))}${pick(["const", "let", "return", "if (!", "await", "export function"])} ${pick(names)}${draw(3) === 0 ? draw(100) : ""} = ${pick(names)}.${pick(names)}(${pick(names)}, ${draw(3) === 0 ? `"${pick(words)} ${pick(words)}"` : draw(1000)});${draw(5) === 0 ? ` // ${pick(words)} ${pick(words)} ${pick(words)}` : ""}\n`;
  const row = () =>
    `${JSON.stringify({ id: draw(1e6), order_id: 100_000 + draw(900_000), created_at: new Date(1.7e12 + draw(1e9)).toISOString(), status: pick(["open", "paid", "sent"]), amount: `${draw(10_000)}.${10 + draw(89)}`, city: pick(["Berlin", "Lyon", "Leeds"]), note: `${pick(words)} ${pick(words)} ${pick(words)} ${pick(words)}`, email: draw(4) === 0 ? `user${draw(999)}@example.com` : null, sku: `AB-${draw(99_999)}` })}\n`;
  const prose = () =>
    `${Array.from({ length: 6 + draw(14) }, () => pick(words)).join(" ")}${pick([". ", ", ", ".\n\n", "; "])}`;
  return { code: fill(code), rows: fill(row), prose: fill(prose) };
}
