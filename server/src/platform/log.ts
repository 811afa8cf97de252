/**
 * The operational log: JSON lines on standard error. It is not the audit log, and neither is derived from
 * the other. Fields are flat: ids and counts, never objects, commands or secrets.
 *
 * Guarantees one line of ASCII for each event, whatever a field says: nothing in it moves or hides anything
 * on the terminal where somebody reads it.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  child(fields: LogFields): Log;
}

export function createLog(
  write: (line: string) => void,
  now: () => number,
  base: LogFields = {},
): Log {
  const line = (level: string, event: string, fields: LogFields) =>
    write(
      `${asciiJson({ at: new Date(now()).toISOString(), level, event, ...base, ...fields })}\n`,
    );
  return {
    info: (event, fields = {}) => line("info", event, fields),
    warn: (event, fields = {}) => line("warn", event, fields),
    error: (event, fields = {}) => line("error", event, fields),
    child: (fields) => createLog(write, now, { ...base, ...fields }),
  };
}

/**
 * For a person at a terminal: what went wrong, in words; the rest only fills the screen. `show` makes a text
 * safe to look at.
 */
export function createTerminalLog(
  write: (line: string) => void,
  show: (text: string) => string,
): Log {
  const line = (level: string, event: string, fields: LogFields) => {
    const shown = Object.entries(fields).map(([name, value]) => `${name}=${String(value)}`);
    write(`countersign: ${show([level, event, ...shown].join(" "))}\n`);
  };
  return {
    info: () => {},
    warn: (event, fields = {}) => line("warning", event, fields),
    error: (event, fields = {}) => line("error", event, fields),
    child: (base) => {
      const log = createTerminalLog(write, show);
      return {
        ...log,
        warn: (event, fields = {}) => log.warn(event, { ...base, ...fields }),
        error: (event, fields = {}) => log.error(event, { ...base, ...fields }),
      };
    },
  };
}

/** The same value; JSON itself escapes C0 controls alone. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** For tests and tools that have nowhere to write. */
export const silentLog: Log = createLog(
  () => {},
  () => 0,
);
