/**
 * What pseudonyms stand for: in memory, where numbers are given, and behind it in the store, each value sealed under its vault's key.
 *
 * Guarantees that a number is given at once and never twice within a scope, also after a crash, and over lifetimes; that a vault is
 * gone with its lifetime, from memory, and from the store with its key; and that memory is bounded. Where a number
 * can't be had, there is none, and the value is redacted.
 */
import { createSealedBox, type SealedBox } from "#/audit/sealed-box.ts";
import type { Entity } from "#/core/entity.ts";
import type { SessionVaults } from "#/masking/replacement/pseudonyms.ts";
import type { Clock } from "#/platform/clock.ts";
import type { Log } from "#/platform/log.ts";
import { randomBytes } from "#/platform/random.ts";
import type { Store } from "#/store/store.ts";
import type { StoredVault } from "#/store/stored.ts";

/** A vault lives so long, from its first use on. */
const vaultLifetimeMs = 8 * 60 * 60 * 1000;
/** Vaults that are open at a time. One more has no room. */
const vaultsOpenMax = 1_000;
/** Values of one vault. */
const vaultValuesMax = 20_000;
/** Values of all of them. */
const valuesHeldMax = 400_000;
/** Values that were given a number and are not in the store yet; beyond, none is given. */
const unsavedValuesMax = 4_096;
const savedAtOnceMax = 512;
const readAtOnceMax = 2_000;

const keyBytes = 32;
const sealTag = "countersign/pseudonym/v1\0";

export interface SessionVaultsOptions {
  readonly store: Pick<Store, "openVault" | "pseudonyms" | "addPseudonyms" | "endVaults">;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
  readonly lifetimeMs?: number;
}

export interface StoredVaults extends SessionVaults {
  /** Erases what is over, in memory and in the store. */
  readonly endDue: () => Promise<void>;
  /** Saves what is not saved yet. */
  readonly close: () => Promise<void>;
}

/** As it is sealed: what it is, its number, one text for all ways to write it, and the value. */
type Saved = readonly [label: string, number: number, key: string, value: string];

/** What lives of a vault in memory. */
interface Held {
  readonly expiresAt: number;
  readonly box: SealedBox;
  /** By kind and text. */
  readonly numbers: Map<string, number>;
  /** By kind and number. */
  readonly values: Map<string, string>;
  readonly counts: Record<string, number>;
  /** A kind that was never counted begins behind it. */
  readonly floor: number;
  /** The place of the last one. */
  at: number;
  unsaved: Saved[];
}

interface Scope {
  readonly name: string;
  held: Held | null;
  /** Null where nothing is on its way. */
  opening: Promise<void> | null;
  saving: Promise<void> | null;
}

export function createSessionVaults(options: SessionVaultsOptions): StoredVaults {
  const { store, clock, log, lifetimeMs = vaultLifetimeMs } = options;
  const scopes = new Map<string, Scope>();
  /** Of all that are open. */
  let valuesHeld = 0;

  return {
    open(name) {
      const opening = () => {
        const scope = scopeOf(name);
        return scope === null || alive(scope) !== null ? null : beOpen(scope);
      };
      void opening();
      return {
        opening,
        put: (entity, key, value) => put(name, entity, key, value),
        get: (entity, number) =>
          alive(scopes.get(name))?.values.get(`${entity}\0${number}`) ?? null,
      };
    },
    async endDue() {
      for (const scope of scopes.values())
        if (scope.opening === null && alive(scope) === null) scopes.delete(scope.name);
      await store.endVaults(clock.now());
    },
    async close() {
      await Promise.all(Array.from(scopes.values(), save));
    },
  };

  function scopeOf(name: string): Scope | null {
    const known = scopes.get(name);
    if (known !== undefined) return known;
    if (scopes.size >= vaultsOpenMax) return null;
    const scope: Scope = { name, held: null, opening: null, saving: null };
    scopes.set(name, scope);
    return scope;
  }

  function alive(scope: Scope | undefined): Held | null {
    if (scope === undefined) return null;
    if (scope.held !== null && scope.held.expiresAt <= clock.now()) {
      valuesHeld -= scope.held.values.size;
      scope.held = null;
    }
    return scope.held;
  }

  function beOpen(scope: Scope): Promise<void> {
    scope.opening ??= load(scope)
      .catch(() => log.warn("pseudonyms.unopened"))
      .finally(() => {
        scope.opening = null;
      });
    return scope.opening;
  }

  async function load(scope: Scope): Promise<void> {
    const now = clock.now();
    const fresh = { scope: scope.name, key: newKey(), expiresAt: now + lifetimeMs };
    const vault = await store.openVault(fresh, now, vaultsOpenMax);
    if (vault === null) return log.warn("pseudonyms.too_many");
    const held = heldOf(vault);
    for (;;) {
      const rows = await store.pseudonyms(scope.name, held.at, readAtOnceMax);
      for (const { at, sealed } of rows) {
        const [label, number, key, value] = JSON.parse(
          Buffer.from(held.box.open(Buffer.from(sealed, "base64"))).toString("utf8"),
        ) as Saved;
        keep(held, label, number, key, value);
        valuesHeld += 1;
        held.at = at;
      }
      if (rows.length < readAtOnceMax) break;
    }
    scope.held = held;
  }

  function put(name: string, entity: Entity, key: string, value: string): number | null {
    const scope = scopeOf(name);
    if (scope === null) return null;
    const held = alive(scope);
    if (held === null) {
      void beOpen(scope);
      return null;
    }
    const known = held.numbers.get(`${entity}\0${key}`);
    if (known !== undefined) return known;
    const isFull = held.values.size >= vaultValuesMax || valuesHeld >= valuesHeldMax;
    if (isFull || held.unsaved.length >= unsavedValuesMax) return null;
    valuesHeld += 1;
    const number = (held.counts[entity] ?? held.floor) + 1;
    held.counts[entity] = number;
    keep(held, entity, number, key, value);
    held.unsaved.push([entity, number, key, value]);
    void save(scope);
    return number;
  }

  /** One at a time, so that places are given in their order. */
  function save(scope: Scope): Promise<void> {
    scope.saving ??= saveAll(scope)
      .catch(() => log.warn("pseudonyms.unsaved"))
      .finally(() => {
        scope.saving = null;
      });
    return scope.saving;
  }

  async function saveAll({ name, held }: Scope): Promise<void> {
    if (held === null) return;
    // What is put in one go is saved in one go.
    await Promise.resolve();
    while (held.unsaved.length > 0) {
      const saved = held.unsaved.slice(0, savedAtOnceMax);
      const answer = await store.addPseudonyms({
        scope: name,
        expiresAt: held.expiresAt,
        counts: { ...held.counts },
        pseudonyms: saved.map((each, index) => ({
          at: held.at + index + 1,
          sealed: Buffer.from(held.box.seal(Buffer.from(JSON.stringify(each)))).toString("base64"),
        })),
      });
      if (answer === "over") return;
      held.at += saved.length;
      held.unsaved = held.unsaved.slice(saved.length);
    }
  }
}

function newKey(): string {
  return Buffer.from(randomBytes(keyBytes)).toString("base64");
}

/** A process before this one may have given so many numbers more than it could save. */
function heldOf({ scope, key, expiresAt, counts, isFirst }: StoredVault): Held {
  const floor = isFirst ? 0 : unsavedValuesMax;
  return {
    expiresAt,
    box: createSealedBox(Buffer.from(key, "base64"), `${sealTag}${scope}`),
    numbers: new Map(),
    values: new Map(),
    counts: Object.fromEntries(
      Object.entries(counts).map(([label, count]) => [label, count + floor]),
    ),
    floor,
    at: 0,
    unsaved: [],
  };
}

function keep(held: Held, label: string, number: number, key: string, value: string): void {
  held.numbers.set(`${label}\0${key}`, number);
  held.values.set(`${label}\0${number}`, value);
}
