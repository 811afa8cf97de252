const charsShown = 200;

/** Of a command in a list: its first line that says something, and whether there is more. */
export function firstLine(command: string): string {
  const [line = "", ...more] = command
    .slice(0, charsShown * 4)
    .split("\n")
    .map((each) => each.trim())
    .filter((each) => each !== "");
  const isCut = line.length > charsShown || more.length > 0 || command.length > charsShown * 4;
  const part = line.slice(0, charsShown).replace(/[\ud800-\udbff]$/, "");
  return isCut ? `${part} …` : part;
}
