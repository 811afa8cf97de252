import { listText } from "./list-text.ts";

/** What was found in a text, in words: `email` is an e-mail address, `us_ssn` a US SSN. */
export function entityText(entity: string): string {
  return names[entity] ?? officialText(entity);
}

/** Such as "IBAN and e-mail address". */
export function entitiesText(entities: readonly string[]): string {
  return entities.length === 0 ? "value" : listText(entities.map(entityText));
}

const names: Readonly<Record<string, string>> = {
  private_key: "private key",
  connection_string: "connection string with a password",
  provider_token: "access token",
  jwt: "JSON Web Token",
  http_credential: "HTTP credential",
  password: "password",
  email: "e-mail address",
  phone_number: "phone number",
  person: "person’s name",
  street_address: "street address",
  date_of_birth: "date of birth",
  credit_card: "payment card",
  iban: "IBAN",
  crypto_wallet: "crypto wallet",
  ip_address: "IP address",
  mac_address: "MAC address",
  imei: "IMEI",
  user_pattern: "value of a pattern of yours",
  unscanned: "text that could not be looked at",
};

/** A country's number: what the country calls it, in capitals where that is an abbreviation. */
function officialText(entity: string): string {
  const [country = "", ...rest] = entity.split("_");
  if (rest.length === 0 || country.length !== 2) return entity.replaceAll("_", " ");
  const [only, more] = rest;
  const words = more === undefined && (only ?? "").length <= 5 ? [only?.toUpperCase()] : rest;
  return [country.toUpperCase(), ...words].join(" ");
}
