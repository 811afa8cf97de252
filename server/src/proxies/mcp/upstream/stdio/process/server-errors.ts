/**
 * What a server writes to its standard error, line by line into the gateway's log: free text of others, so few lines,
 * short ones, and none with a value that the gateway gave the server to keep.
 */
import { StringDecoder } from "node:string_decoder";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";

/** Of one server; more are counted. */
const errorLinesPerSecondMax = 20;
/** Of one line; the rest is left out. */
const errorLineCharsMax = 1_024;
const windowMs = 1_000;

export interface ErrorLines {
  readonly push: (chunk: Buffer) => void;
  readonly end: () => void;
}

/** `show` takes out of a line what must not stand in a log; `said` hears what stands there then. */
export function logErrorLines(
  log: Log,
  clock: Clock,
  show: (line: string) => string,
  said: (text: string) => void,
): ErrorLines {
  const decoder = new StringDecoder("utf8");
  let line = "";
  let logged = 0;
  let dropped = 0;
  let windowEnds = 0;

  const tellDropped = () => {
    if (dropped > 0) log.warn("mcp.server_errors_dropped", { lines: dropped });
    dropped = 0;
  };
  const finish = () => {
    const whole = line.trimEnd();
    line = "";
    if (whole === "") return;
    if (clock.now() >= windowEnds) {
      tellDropped();
      logged = 0;
      windowEnds = clock.now() + windowMs;
    }
    if (logged >= errorLinesPerSecondMax) {
      dropped += 1;
      return;
    }
    logged += 1;
    const text = show(whole);
    log.info("mcp.server_said", { text });
    said(text);
  };
  return {
    push(chunk) {
      const [first = "", ...rest] = decoder.write(chunk).split("\n");
      line = cut(line + first);
      for (const next of rest) {
        finish();
        line = cut(next);
      }
    },
    end() {
      finish();
      tellDropped();
    },
  };
}

function cut(text: string): string {
  return text.length > errorLineCharsMax ? text.slice(0, errorLineCharsMax) : text;
}
