/**
 * A call of a tool as people may see it: in values, and in keys that hold a value themselves, something is replaced, each in its place and of
 * its type, so that its shape and the names of its arguments, which decide what it does, stay visible.
 *
 * A string is looked at by what it means, and by the last two of its keys; one that is JSON itself by its own. A replaced number stands
 * there without quotation marks.
 */
import { jsonParts, pathKeys } from "#/core/json-leaves.ts";
import type { Finder } from "#/masking/finder.ts";
import { type Masked, maskNamed } from "#/masking/mask-text.ts";
import type { Replace } from "#/masking/replacement/replace.ts";
import { entityOfName } from "#/masking/values/column-names.ts";
import { isJson, maskJson } from "#/masking/values/mask-json.ts";
import { entityOfNumber, moreExact } from "#/masking/values/value-class.ts";
import { type MaskedCommand, rewrite } from "./rewritten-command.ts";

/** So many bytes are looked at before others get their turn. */
const turnBytes = 64 * 1024;
/** Keys of one call that are looked at once, however often they stand in it. Others are looked at each time. */
const keysKnownMax = 1_000;

export async function maskCall(
  { finder, replace, hides, pause }: CallTools,
  command: string,
): Promise<MaskedCommand> {
  const rewriting = rewrite(Buffer.from(command, "utf8"));
  const keys = keyMasking(finder, replace);
  let looked = 0;
  for (const span of jsonParts(command)) {
    looked += span.end - span.start;
    if (looked > turnBytes) {
      looked = 0;
      await pause();
    }
    const written = rewriting.written(span);
    const masked =
      span.kind === "key"
        ? keys(written, lastKeys(span.column))
        : maskValue(finder, replace, { written, keys: lastKeys(span.column), hides });
    rewriting.put(span, masked);
  }
  return rewriting.end();
}

export interface CallTools {
  readonly finder: Finder;
  readonly replace: Replace;
  /** Whether what is called so is masked whatever it holds. */
  readonly hides: (name: string) => boolean;
  /** Lets others work. */
  readonly pause: () => Promise<void>;
}

/**
 * A name of words is looked at by itself: what its owner is called (`password: value`) makes no secret of it. What no program would give to an
 * argument for a name is a value, and its owner tells what it is.
 */
function keyMasking(
  finder: Finder,
  replace: Replace,
): (written: string, owner: LastKeys) => Masked {
  const known = new Map<string, Masked>();
  return (written, owner) => {
    const key = meaning(written);
    const isName = nameForm.test(key);
    const of = isName ? written : JSON.stringify([owner.owner, owner.name, key]);
    const before = known.get(of);
    if (before !== undefined) return before;
    const named = { written, keys: owner, hides: () => false };
    const masked =
      !isName && /\d/.test(key)
        ? maskValue(finder, replace, named)
        : asText(maskNamed(finder, replace, isName ? "" : owner.name, key));
    if (known.size < keysKnownMax) known.set(of, masked);
    return masked;
  };
}

/** A number of a place in a list is a name too. */
const nameForm = /^(?:[\p{L}_$][\p{L}_$.-]{0,63}\d{0,3}|\d{1,3})$/u;

function asText({ text, entities }: Masked): Masked {
  return { text: JSON.stringify(text), entities };
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
  return masked.entities.length === 0 ? { text: written, entities: [] } : asText(masked);
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

function lastKeys(column: string | null): LastKeys {
  const keys = pathKeys(column ?? "");
  return { name: keys.at(-1) ?? "", owner: keys.at(-2) ?? null };
}
