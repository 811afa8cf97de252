/** One text for all ways to write a value, so that its pseudonym and its hash are the same. */
import { type Entity, entityOf } from "#/core/entity.ts";

export function normalised(entity: Entity, value: string): string {
  if (entity === "email") return value.normalize("NFKC").toLowerCase();
  const { kind } = entityOf(entity);
  if (kind === "secret" || kind === "text") return value;
  const plain = value.normalize("NFKC").toLowerCase();
  return kind === "finance" || kind === "government" || entity === "phone_number"
    ? plain.replaceAll(/[^\p{L}\p{N}+]/gu, "")
    : plain;
}
