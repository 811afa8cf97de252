/** Lines to a server: those that come up in one round of the event loop, of whatever clients, in one write, which is what a line costs most. */
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
      setImmediate(release);
    }
    stream.write(message);
    stream.write(lineBreak);
  };
}

const lineBreak = Buffer.from("\n");
