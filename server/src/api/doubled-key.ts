/**
 * Whether an object somewhere in a JSON text names a key twice, in whatever spelling. JSON.parse keeps the last one and
 * says nothing. Of a text that is no JSON it says whatever it likes: that fails where it is parsed.
 */
export function hasDoubledKey(json: string): boolean {
  /** Of each object or list that is open; null of a list. */
  const open: (Set<string> | null)[] = [];
  for (const { 0: token, groups } of json.matchAll(tokens)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (groups?.["colon"] !== undefined) {
      const keys = open.at(-1);
      const key = unescaped(groups["text"] ?? "");
      if (keys?.has(key) === true) return true;
      keys?.add(key);
    }
  }
  return false;
}

/** A string without an end goes to the end of the text, so that no part of it is looked at twice. */
const tokens = /(?<text>"[^"\\]*(?:\\.[^"\\]*)*(?:"|$))(?<colon>\s*:)?|[{}[\]]/gs;

function unescaped(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
