/** Lines to a server: those of one turn of the event loop in one write, which is what a line costs most. */
import type { Writable } from "node:stream";

export function writeLines(stream: Writable): (message: Buffer) => void {
  let isHeld = false;
  const release = () => {
    isHeld = false;
    stream.uncork();
  };
  return (message) => {
    if (!isHeld) {
      isHeld = true;
      stream.cork();
      process.nextTick(release);
    }
    stream.write(message);
    stream.write("\n");
  };
}
