/** Which way records go: through the journal, or to the engine, as they are or spelled already. */
import type { RecordDraft } from "#/core/record.ts";
import type { Ledger, RecordText } from "#/store/ledger.ts";
import type { Store } from "#/store/store.ts";
import { errorOf, failure } from "./failure.ts";
import { type Journal, journaledCharsMax } from "./journal/journal.ts";
import type { Link } from "./link.ts";
import { charsOf } from "./record-bytes.ts";
import { askerOfRecords } from "./turns.ts";

/** Null where there is no journal: the engine alone spells them then. */
type Spell = Ledger["spell"] | null;

/** To the journal what is sure to become leaves; what is too long for it, or no record at all, to the engine. */
export function wayOfAppends(
  link: Link,
  write: Link["write"],
  journal: Journal | null,
  spell: Spell,
): Store["append"] {
  const byEngine = async (records: readonly RecordDraft[]): Promise<void> => {
    await write({ verb: "append", records });
  };
  return (records) => {
    const { state } = link.status();
    if (state === "degraded") return Promise.reject(errorOf(failure("store.degraded")));
    const isShort = journal !== null && records.length > 0 && !records.some(isLong);
    const texts = isShort ? textsOf(records, spell) : null;
    if (journal === null || texts === null || charsOf(texts) > journaledCharsMax) {
      return byEngine(records);
    }
    return journal.append(texts, askerOfRecords(records));
  };
}

/** Long records are spelled here, so that the engine need not read what it only has to keep. */
export function wayOfWrites(link: Link, spell: Spell): Link["write"] {
  return (verb) => {
    const texts = verb.records.some(isLong) ? textsOf(verb.records, spell) : null;
    return texts === null ? link.write(verb) : link.writeSpelled(verb, texts);
  };
}

/** By what may be long in it: a command, or what was loaded. */
function isLong({ payload }: RecordDraft): boolean {
  if (payload === null) return false;
  for (const name in payload) {
    const member = payload[name];
    if (typeof member === "string" && member.length > journaledCharsMax) return true;
  }
  return false;
}

/** Null where the engine has to say what is wrong with them. */
function textsOf(records: readonly RecordDraft[], spell: Spell): readonly RecordText[] | null {
  if (spell === null) return null;
  try {
    return records.map(spell);
  } catch {
    return null;
  }
}
