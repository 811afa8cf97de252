/**
 * What a page holds, read by its nodes and attributes and not by what is laid out: whether anything in it
 * hides, and the texts of others as they were before they were made visible.
 */
import type { Page } from "playwright-core";

/** All that would not be seen, or would change how the rest is seen; each with where it stands. */
export async function hiddenOnPage(page: Page): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>(`(${hiddenInDocument})()`);
}

/** Of each element that fits, exactly what was shown there: marks are the characters that they stand for. */
export async function originalTexts(page: Page, selector: string): Promise<readonly string[]> {
  const elements = `[...document.querySelectorAll(${JSON.stringify(selector)})]`;
  return page.evaluate<readonly string[]>(`${elements}.map(${originalOf})`);
}

// By itself, and not by the console's own table: the classes of Unicode, and what looks like a blank.
const hiddenInDocument = String.raw`() => {
  const hides = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800\ufffc]|\p{M}{4}/u;
  const own = new Set(["SCRIPT", "STYLE", "HTML", "HEAD", "BODY"]);
  const found = [];
  const look = (text, where, isCommand) => {
    const rest = isCommand ? text.replace(/[\n\t]/g, "") : text;
    const at = rest.search(hides);
    if (at !== -1) found.push(where + ": " + JSON.stringify(rest.slice(Math.max(0, at - 20), at + 20))
      .replace(/[^ -~]/g, (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0")));
  };
  const nodes = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = nodes.nextNode(); node !== null; node = nodes.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const { parentElement: parent } = node;
      // Lines of a command are the page's to lay out.
      if (!own.has(parent.tagName)) look(node.data, parent.tagName, parent.closest("figure") !== null);
    } else {
      for (const { name, value } of node.attributes) look(value, node.tagName + " " + name, false);
    }
  }
  look(document.title, "the document's title", false);
  return found;
}`;

// A mark is a `bdi` whose title ends in its code point; a long text has them spelled out within it.
const originalOf = String.raw`(element) => {
  const character = (hex) => String.fromCodePoint(Number.parseInt(hex, 16));
  const joined = (parent) => [...parent.childNodes].map(read).join("");
  const read = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    const mark = node.tagName === "BDI" ? /\(U\+([0-9A-F]{4,6})\)$/.exec(node.title) : null;
    if (mark !== null) return character(mark[1]);
    if (node.tagName === "OL") return [...node.children].map(joined).join("\n");
    if (node.tagName === "BLOCKQUOTE") return [...node.children].map(joined).join("\n");
    return joined(node);
  };
  const blocks = [...element.querySelectorAll(":scope > div")];
  if (blocks.length === 0) return read(element);
  return blocks.map((block, at) => {
    const [name, text] = block.children;
    const before = at === 0 || name.textContent.endsWith("continued") ? "" : "\n";
    return before + text.textContent.replaceAll(/<U\+([0-9A-F]{4,6})>/g, (_, hex) => character(hex));
  }).join("");
}`;
