/**
 * Takes the gateway's own credential for an upstream out of whatever that upstream says: no agent may ever hold it.
 *
 * Found as it is, in base64 at any offset, in hexadecimal, percent-encoded, and within escapes of JSON. What an upstream encrypts or cuts into
 * pieces is not found.
 */

export interface CredentialScrub {
  /** False only where nothing of it is in there, however JSON writes it. */
  readonly mayBeIn: (bytes: Buffer) => boolean;
  /** Null where nothing of it is in there. */
  readonly scrub: (text: string) => string | null;
}

const credentialText = "<CREDENTIAL>";
/** What is shorter is in every text. */
const credentialCharsLeast = 4;
/** Of what is known of it in base64. */
const encodedCharsLeast = 8;

const escapeStart = Buffer.from("\\u00");

/** The configured credential, and the tokens that the upstream gave for it: the same list until there is another. */
export function credentialScrub(
  configured: readonly string[],
  tokens: () => readonly string[],
): CredentialScrub {
  const own = createCredentialScrub(configured);
  let known = tokens();
  let given = createCredentialScrub(known);
  const ofTokens = () => {
    const now = tokens();
    if (now !== known) given = createCredentialScrub(now);
    known = now;
    return given;
  };
  return {
    mayBeIn: (bytes) => own.mayBeIn(bytes) || ofTokens().mayBeIn(bytes),
    scrub(text) {
      const scrubbed = own.scrub(text);
      return ofTokens().scrub(scrubbed ?? text) ?? scrubbed;
    },
  };
}

/** Bearer tokens, values of headers, client secrets: all that is sent upstream in the gateway's name. */
export function createCredentialScrub(secrets: readonly string[]): CredentialScrub {
  const all = new Set(
    secrets
      .flatMap((secret) => [secret, ...schemeless(secret)])
      .filter((secret) => secret.length >= credentialCharsLeast),
  );
  if (all.size === 0) return { mayBeIn: () => false, scrub: () => null };
  const forms = [...new Set([...all].flatMap(formsOf))].toSorted((a, b) => b.length - a.length);
  const caseless = [...new Set([...all].flatMap(caselessFormsOf))];
  const written = [...forms, ...caseless, ...caseless.map((form) => form.toUpperCase())];
  // PHP escapes each slash.
  const slashed = written.map((form) => form.replaceAll("/", "\\/"));
  const needles = [...new Set([...written, ...slashed])].map((form) => Buffer.from(form, "utf8"));
  const escapes = escapesOf([...all].join(""));
  const any = new RegExp(forms.map(escaped).join("|"), "g");
  const anyCase = new RegExp(caseless.map(escaped).join("|"), "gi");
  return {
    // Python and others write with escapes what needs none.
    mayBeIn: (bytes) =>
      needles.some((needle) => bytes.includes(needle)) ||
      (bytes.includes(escapeStart) && escapes.test(bytes.toString("latin1"))),
    scrub(text) {
      const scrubbed = text.replaceAll(any, credentialText).replaceAll(anyCase, credentialText);
      return scrubbed === text ? null : scrubbed;
    },
  };
}

/** `Bearer abc` is `abc` too, and so is each half of what Basic encodes. */
function schemeless(secret: string): readonly string[] {
  const [, scheme = "", value = ""] = /^([A-Za-z]+) +(\S.*)$/.exec(secret) ?? [];
  if (value === "") return [];
  if (scheme.toLowerCase() !== "basic") return [value];
  const pair = Buffer.from(value, "base64").toString("utf8");
  return [value, pair, pair.slice(pair.indexOf(":") + 1)];
}

function formsOf(secret: string): readonly string[] {
  const json = inJson(secret);
  return [
    secret,
    json,
    inJson(json),
    encodeURIComponent(secret.toWellFormed()),
    ...base64Of(secret),
  ];
}

/** Its characters, as JSON can write them besides. */
function escapesOf(secret: string): RegExp {
  const codes = new Set(
    Array.from(secret, (each) => each.charCodeAt(0).toString(16).padStart(2, "0")),
  );
  return new RegExp(`\\\\u00(?:${[...codes].join("|")})`, "i");
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Without what neighbouring bytes have a part in, at each of the three offsets, in both alphabets. */
function base64Of(secret: string): readonly string[] {
  const bytes = Buffer.from(secret, "utf8");
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const first = before === 0 ? 0 : before + 1;
    const core = encoded.slice(first, Math.floor(((before + bytes.length) * 8) / 6));
    return core.length < encodedCharsLeast
      ? []
      : [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/** In lower case. */
function caselessFormsOf(secret: string): readonly string[] {
  const hex = Buffer.from(secret, "utf8").toString("hex");
  return [
    hex,
    hex.replaceAll(/../g, "%$&"),
    encodeURIComponent(secret.toWellFormed()).toLowerCase(),
  ];
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
