/**
 * A text in a field of a page, which knows one line break where texts have several.
 *
 * Guarantees that a text that nobody touched comes back exactly, and that one whose lines all end alike keeps
 * these ends. Of others the difference shows what became of them.
 */
export function fieldText(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

export function textOfField(field: string, original: string): string {
  if (field === fieldText(original)) return original;
  const isAllWindows = original.includes("\r\n") && !/\r(?!\n)|(?<!\r)\n/.test(original);
  return isAllWindows ? field.replaceAll("\n", "\r\n") : field;
}
