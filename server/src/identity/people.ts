/**
 * The people of an installation: from the configuration, each with an opaque id for the log.
 *
 * A person is the pair (issuer, subject). The id is derived from it with a key of the installation, so that
 * the log holds no name, and the same person keeps the same id.
 */
import { createHmac } from "node:crypto";
import { GatewayError } from "#/core/errors.ts";
import type { PersonId } from "#/core/ids.ts";
import type { Person } from "#/core/principal.ts";
import type { Store } from "#/store/store.ts";

export interface People {
  byId(id: PersonId): Person | null;
  byName(name: string): Person | null;
  isAdministrator(id: PersonId): boolean;
}

export interface ConfiguredPerson {
  readonly name: string;
  readonly groups: readonly string[];
  readonly administrator: boolean;
}

/** Accounts of the configuration, before an identity provider is there. */
const localIssuer = "local";

export async function loadPeople(
  configured: readonly ConfiguredPerson[],
  key: Uint8Array,
  store: Pick<Store, "personSince">,
  now: number,
): Promise<People> {
  const people = await Promise.all(
    configured.map(async ({ name, groups, administrator }) => {
      const id = personId(localIssuer, name, key);
      const since = await store.personSince(id, now);
      return { id, issuer: localIssuer, subject: name, name, groups, since, administrator };
    }),
  );
  const byId = new Map(people.map((person) => [person.id, person]));
  const byName = new Map(people.map((person) => [person.name, person]));
  return {
    byId: (id) => byId.get(id) ?? null,
    byName: (name) => byName.get(name) ?? null,
    isAdministrator: (id) => byId.get(id)?.administrator === true,
  };
}

export function personNamed(people: People, name: string): Person {
  const person = people.byName(name);
  if (person !== null) return person;
  const message = `No person is called "${name}"; people stand under \`people:\` in the configuration.`;
  throw new GatewayError("identity.unknown_person", message);
}

const idChars = 32;

function personId(issuer: string, subject: string, key: Uint8Array): PersonId {
  const mac = createHmac("sha256", key).update(`countersign/person/v1\0${issuer}\0${subject}`);
  return `per_${mac.digest("hex").slice(0, idChars)}` as PersonId;
}
