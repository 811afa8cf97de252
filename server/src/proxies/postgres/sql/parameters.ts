/** The highest `$n` of a parsed text; 0 where it takes no parameters. */
export function highestParameter(trees: unknown): number {
  let highest = 0;
  JSON.stringify(trees, (key, value: unknown) => {
    if (key === "ParamRef" && typeof value === "object" && value !== null && "number" in value) {
      highest = Math.max(highest, Number(value.number));
    }
    return value;
  });
  return highest;
}
