/**
 * The facts of a session's statements with what only its upstream tells: the schemas of names, and whether a masked column
 * is used. Remembered as long as names lead to the same.
 *
 * Where no column is masked or marked, nothing of columns is asked, read or remembered.
 */
import type { SqlFacts } from "#/core/facts.ts";
import { type Catalogue, resolveFacts } from "#/proxies/postgres/catalogue/catalogue.ts";
import type { Classified, Classifier } from "#/proxies/postgres/sql/facts.ts";
import type { MaskedColumns } from "./masked-columns.ts";
import { type MaskedUse, maskedUseOf, mayTouch } from "./masked-use.ts";

/** What they hang on besides the text. Each of these is another object where it has changed. */
interface Under {
  readonly catalogue: Catalogue;
  /** Null where the session itself may have changed what was read. */
  readonly relied: Catalogue | null;
  readonly masked: MaskedColumns | null;
  readonly searchPath: readonly string[];
}

export class ResolvedFacts {
  readonly #classifier: Classifier;
  readonly #masked: () => MaskedColumns | null;
  #under: Under | null = null;
  #facts = new WeakMap<Classified, SqlFacts>();
  #use = new WeakMap<Classified, MaskedUse>();
  /** Of all texts that differ in their constants only, unless a constant says which output is meant. */
  #useOfForm = new WeakMap<Classified["references"], MaskedUse>();

  constructor(classifier: Classifier, masked: () => MaskedColumns | null) {
    this.#classifier = classifier;
    this.#masked = masked;
  }

  /** The same object for the same statement, so that decisions can be remembered by it. */
  facts(
    classified: Classified,
    catalogue: Catalogue | null,
    relied: Catalogue | null,
    searchPath: readonly string[],
  ): SqlFacts {
    const masked = this.#masked();
    if (catalogue === null) {
      return masked === null
        ? classified.facts
        : { ...classified.facts, maskedUse: mayTouch(classified) };
    }
    this.#keepUnder(catalogue, masked === null ? null : relied, masked, searchPath);
    const known = this.#facts.get(classified);
    if (known !== undefined) return known;
    const resolved = resolveFacts(classified.facts, catalogue, searchPath);
    const facts = masked === null ? resolved : { ...resolved, maskedUse: this.#uses(classified) };
    this.#facts.set(classified, facts);
    return facts;
  }

  #uses(classified: Classified): boolean {
    return [classified, ...classified.runs].some((each) => this.#useOf(each).isUsed);
  }

  /** Of the message alone; what it runs by name is for itself. */
  #useOf(classified: Classified): MaskedUse {
    const { relied = null, masked = null, searchPath = [] } = this.#under ?? {};
    if (masked === null) return unused;
    if (relied === null) return { isUsed: mayTouch(classified), isOfText: true };
    const isReadable = classified.facts.opaque === null && classified.statements.length > 0;
    const ofForm = isReadable ? this.#useOfForm.get(classified.references) : undefined;
    const known = ofForm ?? this.#use.get(classified);
    if (known !== undefined) return known;
    const { relations, ownNames } = relied;
    const classifier = this.#classifier;
    const source = { masked, searchPath, relations, ownNames, classifier };
    const use = maskedUseOf(classified, source);
    if (isReadable && !use.isOfText) this.#useOfForm.set(classified.references, use);
    else this.#use.set(classified, use);
    return use;
  }

  #keepUnder(
    catalogue: Catalogue,
    relied: Catalogue | null,
    masked: MaskedColumns | null,
    searchPath: readonly string[],
  ): void {
    const under = this.#under;
    const isSame =
      under?.catalogue === catalogue &&
      under.relied === relied &&
      under.masked === masked &&
      under.searchPath === searchPath;
    if (isSame) return;
    this.#under = { catalogue, relied, masked, searchPath };
    this.#facts = new WeakMap();
    this.#use = new WeakMap();
    this.#useOfForm = new WeakMap();
  }
}

const unused: MaskedUse = { isUsed: false, isOfText: true };
