/**
 * A call of a tool as people may see it: in values alone something is replaced, each in its place and of its type, so that its keys and its
 * shape, which decide what it does, stay visible.
 *
 * Where the values lie, and under which keys, is told beside it. A string is looked at by what it means, and by the last two of its keys; one that is JSON
 * itself by its own. A replaced number stands there without quotation marks.
 */
import type { LiteralSpan } from "#/core/facts.ts";
import { entityOfName } from "./column-names.ts";
import type { Finder } from "./finder.ts";
import type { MaskedCommand, ReplacedSpan } from "./mask-command.ts";
import { isJson, maskJson } from "./mask-json.ts";
import { type Masked, maskNamed } from "./mask-text.ts";
import type { Replace } from "./replace.ts";
import { entityOfNumber, moreExact } from "./value-class.ts";

/** So many bytes are looked at before others get their turn. */
const turnBytes = 64 * 1024;

export async function maskCall(
  { finder, replace, hides, pause }: CallTools,
  command: string,
  literals: readonly LiteralSpan[],
): Promise<MaskedCommand> {
  const bytes = Buffer.from(command, "utf8");
  const replaced: ReplacedSpan[] = [];
  let text = "";
  let last = 0;
  let looked = 0;
  for (const { start, end, kind, column } of literals) {
    looked += end - start;
    if (looked > turnBytes) {
      looked = 0;
      await pause();
    }
    const written = bytes.toString("utf8", start, end);
    const masked = maskValue(finder, replace, { written, keys: lastKeys(column), hides });
    if (masked.entities.length === 0) continue;
    text += bytes.toString("utf8", last, start);
    const [shownStart, shownEnd] = [text.length, text.length + masked.text.length];
    text += masked.text;
    replaced.push({ start, end, shownStart, shownEnd, kind, column, entities: masked.entities });
    last = end;
  }
  return { text: text + bytes.toString("utf8", last), replaced };
}

export interface CallTools {
  readonly finder: Finder;
  readonly replace: Replace;
  /** Whether what is called so is masked whatever it holds. */
  readonly hides: (name: string) => boolean;
  /** Lets others work. */
  readonly pause: () => Promise<void>;
}

interface Value {
  readonly written: string;
  readonly keys: LastKeys;
  readonly hides: (name: string) => boolean;
}

function maskValue(finder: Finder, replace: Replace, { written, keys, hides }: Value): Masked {
  const { name, owner } = keys;
  const isString = written.startsWith('"');
  const value = isString ? meaning(written) : written;
  const whole = (text: string) => (isString ? JSON.stringify(text) : text);
  const named = entityOfName(name, owner) ?? (hides(name) ? "user_pattern" : null);
  if (named !== null && value !== "") {
    const entity = moreExact(finder, named, value);
    return { text: whole(replace(entity, value)), entities: [entity] };
  }
  if (!isString) {
    const entity = entityOfNumber(finder, `${name}: `, written);
    return entity === null
      ? { text: written, entities: [] }
      : { text: replace(entity, written), entities: [entity] };
  }
  const document = /^\s*[[{]/.test(value) && isJson(value);
  const masked =
    (document ? maskJson(finder, replace, value, { name }) : null) ??
    maskNamed(finder, replace, name, value);
  return masked.entities.length === 0
    ? { text: written, entities: [] }
    : { text: JSON.stringify(masked.text), entities: masked.entities };
}

/** What can't be read is looked at as it is written. */
function meaning(written: string): string {
  try {
    return String(JSON.parse(written));
  } catch {
    return written.slice(1, -1);
  }
}

interface LastKeys {
  readonly name: string;
  /** The key above; null where there is none. */
  readonly owner: string | null;
}

/** Of keys by dots, in which one that is no plain word stands in quotes. */
function lastKeys(column: string | null): LastKeys {
  const keys = Array.from((column ?? "").matchAll(keyForm), ([, quoted, plain = ""]) =>
    quoted === undefined ? plain : meaning(quoted),
  );
  return { name: keys.at(-1) ?? "", owner: keys.at(-2) ?? null };
}

const keyForm = /(?:^|\.)(?:("(?:[^"\\]|\\.)*")|([^."]+))/g;
