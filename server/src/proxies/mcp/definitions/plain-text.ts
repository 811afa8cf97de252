/** What a reader takes a text for: without what nobody sees, in plain small letters, letters of other scripts as the Latin ones that they look like. */

/** Format characters, marks, fillers and variation selectors. */
const unseen = /[\p{Cf}\p{M}\p{Cc}\u115f\u1160\u2800\u3164\uffa0]/gu;

/** Cyrillic, Greek, Armenian and Cherokee letters that look like a small Latin one. */
const lookalikes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: "аɑα",
    b: "ЬƄ",
    c: "сϲⅽᴄ",
    d: "ԁⅾ",
    e: "еєҽ",
    g: "ɡց",
    h: "һհ",
    i: "іɩıιⅰ",
    j: "јϳ",
    k: "κк",
    l: "ӏⅼ",
    m: "мⅿ",
    n: "пոո",
    o: "оοօσ",
    p: "рρ",
    q: "ԛգ",
    r: "гᴦ",
    s: "ѕꜱ",
    t: "тτᴛ",
    u: "υսᴜ",
    v: "νѵⅴᴠ",
    w: "ԝѡᴡω",
    x: "хχⅹ",
    y: "уүγ",
    z: "ᴢ",
    "/": "⁄∕⧸",
    _: "ˍ",
    "-": "‐‑‒–—−",
  }).flatMap(([latin, others]) => Array.from(others, (other) => [other, latin] as const)),
);

export function plainText(text: string): string {
  if (plain.test(text)) return text.toLowerCase();
  const folded = text.normalize("NFKD").replaceAll(unseen, "").toLowerCase().trim();
  return Array.from(folded, (sign) => lookalikes.get(sign) ?? sign).join("");
}

const plain = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;
