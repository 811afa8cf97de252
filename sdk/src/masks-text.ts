/** What policies mask in what is returned, in words. */
import { entityText } from "./entity-text.ts";
import { listText } from "./list-text.ts";
import type { ResultMask } from "./wire/content.ts";

/** Empty where nothing is. */
export function masksText(masks: readonly ResultMask[]): string {
  if (masks.length === 0) return "";
  const hasSecrets = secrets.every((secret) => masks.some((mask) => isRedacted(mask, secret)));
  const others = masks.filter(
    (mask) => !hasSecrets || !secrets.some((each) => isRedacted(mask, each)),
  );
  const texts = [
    ...(hasSecrets ? ["every secret"] : []),
    ...others.map(({ target, masker }) => `${targetWords(target)}${maskerWords[masker]}`),
  ];
  const all = listText(texts);
  return `${all.slice(0, 1).toUpperCase()}${all.slice(1)} ${texts.length === 1 ? "is" : "are"} masked by policy`;
}

/** All kinds that there are; told as one, because rules mostly mask them together. */
const secrets: readonly string[] = [
  "connection_string",
  "http_credential",
  "jwt",
  "password",
  "private_key",
  "provider_token",
];

function isRedacted({ target, masker }: ResultMask, secret: string): boolean {
  return target === secret && masker === "redact";
}

/** No kind of value has a dot in its name, and every column has. */
function targetWords(target: string): string {
  return target.includes(".") ? `all of ${target}` : `every ${entityText(target)}`;
}

const maskerWords = {
  redact: "",
  hash: " (to a keyed hash)",
  tokenise: " (to a pseudonym)",
  partial: " (all but its last four characters)",
} as const satisfies Readonly<Record<ResultMask["masker"], string>>;
