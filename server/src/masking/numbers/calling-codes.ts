/**
 * Country calling codes (ITU-T E.164, list of assigned codes) and how many digits may follow.
 *
 * The lengths are those of national plans, a little generous; which ranges within a country are given out is not known here.
 */

const ranges =
  "1:10 7:10 20:8-10 27:9 30:10 31:9 32:8-9 33:9 34:9 36:8-9 39:6-12 40:9 41:9 43:7-13 44:9-10 45:8 46:7-10 47:8 48:9 49:7-12 " +
  "51:8-9 52:10 53:8 54:10-11 55:10-11 56:9 57:8-10 58:10 60:8-10 61:9 62:8-12 63:8-10 64:8-10 65:8 66:8-9 81:9-10 82:8-11 " +
  "84:8-10 86:10-11 90:10 91:10 92:9-10 93:9 94:9 95:7-10 98:10 852:8 853:8 886:8-9 971:8-9 972:8-9 966:9 353:7-9 351:9 358:6-11";

const threeDigit =
  "211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 241 242 243 244 245 246 " +
  "248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 291 297 298 299 350 352 354 355 356 357 " +
  "359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 " +
  "591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 850 855 " +
  "856 880 960 961 962 963 964 965 967 968 970 973 974 975 976 977 992 993 994 995 996 998";

const lengths: ReadonlyMap<string, readonly [number, number]> = new Map([
  ...threeDigit.split(" ").map((code) => [code, [6, 10]] as const),
  ...ranges.split(" ").map((entry) => {
    const [code = "", range = ""] = entry.split(":");
    const [least = "", most = least] = range.split("-");
    return [code, [Number(least), Number(most)]] as const;
  }),
]);

/** Whether `count` digits from `at` on are a calling code and as many digits as its country has. */
export function isInternational(digits: ArrayLike<number>, at: number, count: number): boolean {
  let code = "";
  for (let length = 1; length <= 3; length += 1) {
    code += String(digits[at + length - 1]);
    const range = lengths.get(code);
    if (range !== undefined) {
      const rest = count - length;
      return rest >= range[0] && rest <= range[1];
    }
  }
  return false;
}

/** North American Numbering Plan: area and exchange begin with 2 to 9, and neither is N11. */
export function isNorthAmerican(digits: ArrayLike<number>, at: number): boolean {
  const area = digits[at] ?? 0;
  const exchange = digits[at + 3] ?? 0;
  return (
    area >= 2 &&
    exchange >= 2 &&
    !(digits[at + 1] === 1 && digits[at + 2] === 1) &&
    !(digits[at + 4] === 1 && digits[at + 5] === 1) &&
    digits[at + 1] !== 9
  );
}
