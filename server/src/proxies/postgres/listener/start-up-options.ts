/** What a start-up packet's `options` set, as the server's own command line does; each in place of what stood before. */

/** Null where there is more in it than settings. */
export function readStartUpOptions(options: string): ReadonlyMap<string, string> | null {
  const settings = new Map<string, string>();
  const words = wordsOf(options);
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const isLong = word.startsWith("--");
    if (!isLong && !word.startsWith("-c")) return null;
    if (word === "-c") at += 1;
    const setting = word === "-c" ? (words[at] ?? "") : word.slice(2);
    const equals = setting.indexOf("=");
    if (equals <= 0) return null;
    const name = setting.slice(0, equals).replaceAll("-", "_").toLowerCase();
    settings.set(name, setting.slice(equals + 1));
  }
  return settings;
}

/** A backslash takes the next character as it is, blanks too. */
function wordsOf(options: string): readonly string[] {
  const words = options.match(/(?:\\[^]|[^\s\\])+/g) ?? [];
  return words.map((word) => word.replaceAll(/\\([^])/g, "$1"));
}
