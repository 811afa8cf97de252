/** What the text of an annotation says, or what is wrong with it: the rest of a sentence without its full stop. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refuse<T>(message: string): Parsed<T> {
  return { ok: false, message };
}
