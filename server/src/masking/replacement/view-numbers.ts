/**
 * Pseudonyms of one view: the same value has the same number in all of it, from 1 on for each kind. They mean nothing outside of it.
 *
 * The same is what is written the same: an edit that keeps a pseudonym has to mean exactly what was sent. What stands in the texts themselves and looks like a pseudonym is never one: its number is left out.
 */
import { type Entity, labelOf } from "#/core/entity.ts";
import { pseudonymForm } from "#/core/pseudonym.ts";
import type { Replace } from "./replace.ts";

export interface ViewNumbers {
  readonly replace: Replace;
  /** By name, what each stands for. */
  readonly values: ReadonlyMap<string, string>;
}

export function createViewNumbers(texts: readonly string[]): ViewNumbers {
  const taken = new Set(texts.flatMap((text) => text.match(pseudonymForm) ?? []));
  const names = new Map<string, string>();
  const values = new Map<string, string>();
  const last = new Map<Entity, number>();

  function newName(entity: Entity): string {
    let number = last.get(entity) ?? 0;
    let name: string;
    do {
      number += 1;
      name = `<${labelOf(entity)}_${number}>`;
    } while (taken.has(name));
    last.set(entity, number);
    return name;
  }

  return {
    values,
    replace(entity, value) {
      const key = `${entity}\0${value}`;
      const known = names.get(key);
      if (known !== undefined) return known;
      const name = newName(entity);
      names.set(key, name);
      values.set(name, value);
      return name;
    },
  };
}
