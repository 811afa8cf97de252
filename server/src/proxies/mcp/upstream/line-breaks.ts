const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Where something else begins. Blank lines come by the million as easily as one: they are stepped over, not read. */
export function behindBreaks(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    if (bytes[at] === lineFeed) at += 1;
    else if (bytes[at] === carriageReturn && bytes[at + 1] === lineFeed) at += 2;
    else return at;
  }
}
