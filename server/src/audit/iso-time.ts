/**
 * Times as the leaves have them: ISO-8601, UTC, milliseconds, as `Date.toISOString` spells them. The second
 * that was asked for last is kept, as nearly all records that come one after the other are of one.
 */
export type IsoTime = (at: number) => string;

/** The last moment that ECMAScript can spell. */
const lastTime = 8.64e15;

/** Throws for what is no time. */
export function createIsoTime(): IsoTime {
  let second = Number.NaN;
  let upToSecond = "";
  return (at) => {
    if (!Number.isInteger(at) || Math.abs(at) > lastTime) return new Date(at).toISOString();
    const own = Math.floor(at / 1000);
    if (own !== second) {
      upToSecond = new Date(at).toISOString().slice(0, -"000Z".length);
      second = own;
    }
    return `${upToSecond}${String(at - own * 1000).padStart(3, "0")}Z`;
  };
}
