/** Telephone numbers: by the international plan, by the form of a national one, or by what is said before them. */
import { isInternational, isNorthAmerican } from "./calling-codes.ts";

/** How sure it is that digits written so are a telephone number; 0 if they are none. `plus`: a + stands before. */
export function phoneSureness(
  digits: ArrayLike<number>,
  at: number,
  count: number,
  form: string,
  said: { readonly plus: boolean; readonly named: boolean },
): number {
  if (said.plus) {
    // The trunk prefix in brackets is not dialled: `+41 (0)44`.
    const isDialled =
      isInternational(digits, at, count) ||
      (form.includes("(1)") && isInternational(digits, at, count - 1));
    return isDialled ? (said.named ? 0.95 : 0.85) : 0;
  }
  if (isAmericanForm(digits, at, count, form)) return said.named ? 0.9 : 0.7;
  if (isTrunkForm(digits, at, count, form)) return said.named ? 0.9 : 0.55;
  if (!said.named || count > 15 || count < 7 || isDateForm(form, digits, at)) return 0;
  return groupsAreUsual(form) ? 0.75 : 0;
}

const americanForm = /^(?:1[ .-]?|1 ?\(|001[ .-])?3(?:\) ?|\)-|[ .-])3[ .-]4$/;

function isAmericanForm(
  digits: ArrayLike<number>,
  at: number,
  count: number,
  form: string,
): boolean {
  if (count === 10) return americanForm.test(form) && isNorthAmerican(digits, at);
  if (count === 11)
    return digits[at] === 1 && americanForm.test(form) && isNorthAmerican(digits, at + 1);
  return (
    count === 13 &&
    /^3[ .-]3[ .-]3[ .-]4$/.test(form) &&
    digits[at] === 0 &&
    digits[at + 1] === 0 &&
    digits[at + 2] === 1 &&
    isNorthAmerican(digits, at + 3)
  );
}

/** National numbers with their trunk prefix, in groups: `020 7946 0000`, `01 99 00 12 34`, `0151/23125000`. */
function isTrunkForm(digits: ArrayLike<number>, at: number, count: number, form: string): boolean {
  if (digits[at] !== 0 || digits[at + 1] === 0 || count < 9 || count > 12) return false;
  return (
    /^(?:2(?:[ .-]2){4}|[2-6]\)?[ /-]\d{1,2}(?:[ -]\d){0,3})$/.test(form) &&
    /[ ./)-]/.test(form) &&
    !isDateForm(form, digits, at)
  );
}

function isDateForm(form: string, digits: ArrayLike<number>, at: number): boolean {
  if (/^(?:2[-./]2[-./]4|4[-./]2[-./]2)(?:$|[ ])/.test(form)) return true;
  return (
    form === "8" &&
    (digits[at] === 1 || digits[at] === 2) &&
    (digits[at + 1] === 9 || digits[at + 1] === 0) &&
    (digits[at + 4] ?? 0) <= 1 &&
    (digits[at + 6] ?? 0) <= 3
  );
}

/** Not every number in a sentence about calling is one that is called: groups of one digit are rarely meant. */
function groupsAreUsual(form: string): boolean {
  return /^\d{1,2}(?:[() ./-]{1,2}\d{1,2}){0,7}$/.test(form) && !/^\d{1,2}\.\d{1,2}$/.test(form);
}
