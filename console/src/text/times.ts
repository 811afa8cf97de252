/** Times as people say them. The time of day is the browser's; the exact one is always beside it. */

export function clockTime(at: number | string): string {
  return clock.format(new Date(at));
}

/** To the second; the year only where it is another one. */
export function dateTime(at: number | string): string {
  const date = new Date(at);
  const isThisYear = date.getFullYear() === new Date().getFullYear();
  return (isThisYear ? full : fullWithYear).format(date);
}

/** Of two units at most, and minutes without their seconds: `2 h 5 min`, `48 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days > 0) return together(`${days} d`, hours % 24, "h");
  if (hours > 0) return together(`${hours} h`, minutes % 60, "min");
  if (minutes > 0) return `${minutes} min`;
  return `${seconds} s`;
}

function together(first: string, rest: number, unit: string): string {
  return rest === 0 ? first : `${first} ${rest} ${unit}`;
}

/** To the second, for the last minutes: `4:09`. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  if (seconds >= countdownSeconds) return duration(seconds * 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const countdownSeconds = 600;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const parts = {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
} as const;
const full = new Intl.DateTimeFormat(undefined, parts);
const fullWithYear = new Intl.DateTimeFormat(undefined, { ...parts, year: "numeric" });
