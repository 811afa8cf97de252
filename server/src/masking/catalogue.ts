/**
 * What each recognizer finds, how sure it is, and what it misses: the page `docs/reference/recognizers.md` is written from it,
 * and a test holds every example to be found. Numbers are published examples of their formats, or reserved for such use.
 */
import type { Entity } from "#/core/entity.ts";

export interface CatalogueEntry {
  readonly finds: string;
  /** What makes it sure. */
  readonly evidence: string;
  readonly misses: string;
  /** Texts in which exactly this is found; secrets are put together, so that nobody takes them for real ones. */
  readonly examples: readonly string[];
}

/** What is told by the name of its column or key alone, or is no recognizer of its own. */
export type UnlistedEntity = "person" | "street_address" | "user_pattern" | "unscanned";

/** Put together here, so that no scanner of repositories takes it for a real one. */
export function joined(...parts: readonly string[]): string {
  return parts.join("");
}

const needsWord =
  "check digits, and a word that names it before or after; bare digits alone are too often something else";
const form = "check digits, and its usual form or a word nearby";
const bare =
  "check digits that few numbers pass: also as bare digits, unless a word such as `order` stands before";

export const catalogue: Readonly<Record<Exclude<Entity, UnlistedEntity>, CatalogueEntry>> = {
  private_key: {
    finds:
      "private keys in PEM (PKCS#1, PKCS#8, SEC 1, OpenSSH, PGP) and PuTTY files, also in strings with `\\n`; keys of wallets (WIF, BIP 32)",
    evidence: "the BEGIN line and key material; checksums where the format has them",
    misses: "keys in DER or PKCS#12 files; JSON Web Keys",
    examples: [
      joined(
        "-----BEGIN ",
        "PRIVATE",
        " KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\nOF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n-----END ",
        "PRIVATE",
        " KEY-----",
      ),
    ],
  },
  connection_string: {
    finds:
      "the password in URIs (`scheme://user:password@host`), in `key=value;` strings of ODBC, ADO and libpq, and in `.netrc`",
    evidence: "the form; placeholders such as `<password>`, `${PASSWORD}` and `%s` are none",
    misses:
      "a password with `/` in a URI that does not escape it; a lone `password=` without a host, user or database nearby",
    examples: [
      joined("postgres://ada:", "Tr0ub", "4dor@db.example.com/shop"),
      joined("Server=db;User Id=ada;Password=", "Tr0ub", "4dor;"),
    ],
  },
  provider_token: {
    finds:
      "tokens of the providers listed below, by their own form or by the name that they are assigned to; drawn values under any name that says key of an API, token, secret or credential; hashes of passwords; azure, AWS and other cloud credentials",
    evidence:
      "0.95 by form, 0.8 by the name of a provider, 0.6 by a name that says no more than that it is secret; one character all along and `xxxx…` are none",
    misses:
      "tokens without a form of their own under a name that says nothing; forms that providers have changed since; under a name alone, what is made of words, or of digits only",
    examples: [
      joined("token=gh", "p_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"),
      joined("DATADOG_API_KEY=", "8f2a9c", "4be7d1063f58a2c9e4b7d1063f58a2c9e4"),
      joined('"sessionToken": "', "q7RtX2mKw9Vb", "4ZcN8hJd3LpS", '"'),
    ],
  },
  jwt: {
    finds: "JSON Web Tokens, signed, unsigned and encrypted",
    evidence: "a first part that decodes to a JOSE header",
    misses: "a token whose first part is cut off",
    examples: [
      joined("eyJhbGciOiJIUzI1", "NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWFkYQ"),
    ],
  },
  http_credential: {
    finds:
      "what stands in `Authorization`, `X-Api-Key` and `X-Auth-Token` headers, in requests, code and JSON; `-u NAME:PASSWORD` and headers with keys of curl",
    evidence: "the header's name and scheme, or the command",
    misses: "other headers of a service's own, but for those of curl",
    examples: [
      joined("Authorization: Bearer ", "a8f3", "k2m9x7q1z5"),
      joined("curl -u ada:", "k2m9", "x7q1z5 https://example.com"),
    ],
  },
  password: {
    finds:
      "what is said to be a password, passphrase or secret: in quotes behind the name, `=`, `:`, `=>`, `==` or `is`; without quotes in environments, links, options, and as `password=…` where letters and digits are mixed; in an element or entry of that name; as an argument of what takes credentials, and behind the option of programs that take one (`psexec`, `sshpass`, `mysql`, `sqlcmd`, `redis-cli`, `ldapsearch`, `docker login`, `net use`)",
    evidence: "its name, and that it is no label, variable, call, path or placeholder (0.65)",
    misses: "words without quotes in settings; passwords that nothing names",
    examples: [joined('password = "', "hunter2", '!x9"'), joined("DB_PASS=", "k2m9", "x7q1")],
  },
  email: {
    finds: "e-mail addresses, also with internationalised local part and domain",
    evidence: "RFC 5321 without quoted local parts; a top level of letters that is no file ending",
    misses:
      '`"quoted"@example.com`, addresses at an IP address or at `localhost`; `git@host:path` is left out on purpose',
    examples: ["write to ada@example.com", "mailto:ada.lovelace+test@mail.example.co.uk"],
  },
  phone_number: {
    finds:
      "telephone numbers: with `+` and a country's calling code, in the North American form, with a trunk prefix in groups, and any after a word such as `call`",
    evidence:
      "calling codes and lengths of national plans; 0.85 with `+`, 0.55 to 0.7 by form, 0.75 to 0.95 with a word nearby",
    misses: "bare digits without a word nearby; which ranges a country has given out is not known",
    examples: ["+44 20 7946 0123", "(415) 555-0132", "call 030 23125 123"],
  },
  date_of_birth: {
    finds: "a date behind a word for birth, in nine languages",
    evidence: "the word, and a day of the calendar within 48 bytes",
    misses: "dates without such a word; the column's name tells in tables",
    examples: ["DOB: 1985-03-12", "geboren am 12. März 1985"],
  },
  credit_card: {
    finds: "payment card numbers of 12 to 19 digits, bare, grouped, or digit by digit",
    evidence:
      "Luhn and the issuers' ranges; 0.98 grouped, 0.85 bare, less for lengths that are rare",
    misses: "numbers behind `order`, `tracking` and the like; ranges that were given out later",
    examples: ["4111 1111 1111 1111", "card 378282246310005"],
  },
  iban: {
    finds: "international bank account numbers, also in groups of four and lower case",
    evidence: "MOD 97-10 and the length of each country",
    misses: "numbers in mixed case, or grouped with more than one blank",
    examples: ["GB29 NWBK 6016 1331 9268 19", "DE89370400440532013000"],
  },
  crypto_wallet: {
    finds:
      "addresses of Bitcoin, of coins with bech32 addresses, of Ethereum and its kin; of others with base58check behind their name",
    evidence: "base58check, bech32, EIP-55; an Ethereum address in one case has no checksum (0.7)",
    misses: "Solana and Monero addresses, which have no checksum that tells them",
    examples: ["1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"],
  },
  us_bank_number: {
    finds: "United States bank account numbers",
    evidence: "8 to 17 digits behind a word such as `account number`",
    misses: "any without the word",
    examples: ["account number 945456787654"],
  },
  us_aba_routing: {
    finds: "ABA routing numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["routing number 121000358"],
  },
  ip_address: {
    finds: "IPv4 and IPv6 addresses",
    evidence:
      "their grammar; not behind `version`; loopback, unspecified and masks lead to no one and are left out",
    misses: "a lone `::` group such as `a::b`",
    examples: ["from 203.0.113.7", "2001:db8::ff00:42:8329"],
  },
  mac_address: {
    finds: "MAC addresses with colons, dashes, or in three groups",
    evidence: "their form; all zeros and the broadcast address are left out",
    misses: "twelve digits without separators",
    examples: ["00:1A:2B:3C:4D:5E", "001a.2b3c.4d5e"],
  },
  imei: {
    finds: "IMEI numbers of mobile devices",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["IMEI 490154203237518"],
  },
  us_ssn: {
    finds: "Social Security numbers",
    evidence: "areas, groups and serials that are given out; the form 3-2-4, or a word nearby",
    misses: "nine bare digits without a word",
    examples: ["SSN 536-90-4399", "536-90-4399"],
  },
  us_itin: {
    finds: "Individual Taxpayer Identification numbers",
    evidence: "the ranges of the IRS; the form 3-2-4, or a word nearby",
    misses: "nine bare digits without a word",
    examples: ["911-70-1234"],
  },
  us_ein: {
    finds: "Employer Identification numbers",
    evidence: "a prefix that is given out, and a word nearby; there are no check digits",
    misses: "any without the word",
    examples: ["EIN 12-3456789"],
  },
  us_npi: {
    finds: "National Provider identifiers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["NPI 1234567893"],
  },
  us_passport: {
    finds: "United States passport numbers",
    evidence: "nine digits, or a letter and eight, behind the word; there are no check digits",
    misses: "any without the word",
    examples: ["passport A12803456"],
  },
  us_dea: {
    finds: "DEA numbers of prescribers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["DEA AP5836727"],
  },
  ca_sin: {
    finds: "Canadian Social Insurance numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["SIN 130 692 544"],
  },
  mx_curp: {
    finds: "Mexican population registry codes",
    evidence: "the form, a birthday and the check digit",
    misses: "none known",
    examples: ["BOXW310820HNERXN09"],
  },
  br_cpf: {
    finds: "Brazilian taxpayer numbers of people",
    evidence: bare,
    misses: "none known",
    examples: ["111.444.777-35"],
  },
  br_cnpj: {
    finds: "Brazilian numbers of legal entities",
    evidence: bare,
    misses: "the alphanumeric form of 2026",
    examples: ["11.222.333/0001-81"],
  },
  ar_cuit: {
    finds: "Argentinian CUIT and CUIL",
    evidence: form,
    misses: "bare digits without a word",
    examples: ["20-05536168-2"],
  },
  cl_rut: {
    finds: "Chilean RUT and RUN",
    evidence: form,
    misses: "bare digits without a word",
    examples: ["12.531.909-2"],
  },
  uk_nino: {
    finds: "National Insurance numbers",
    evidence: "the letters that HMRC gives out, six digits, and a suffix",
    misses: "numbers without their suffix",
    examples: ["JG 10 37 59 A", "JG103759A"],
  },
  uk_nhs: {
    finds: "NHS numbers",
    evidence:
      "check digit, and a word nearby or the form 3 3 4 where it can be no American telephone number",
    misses: "bare digits without a word",
    examples: ["NHS number 943 476 5919"],
  },
  ie_pps: {
    finds: "Irish Personal Public Service numbers",
    evidence: "seven digits and a check letter (0.55)",
    misses: "none known",
    examples: ["6433435F"],
  },
  fr_nir: {
    finds: "French social security numbers with their key",
    evidence: "MOD 97, sex and month",
    misses: "numbers of Corsica with 2A and 2B; numbers without the key",
    examples: ["2 95 10 99 126 111 93"],
  },
  de_tax_id: {
    finds: "German tax identification numbers",
    evidence: "ISO 7064 and the rule of repeated digits, with a word nearby or the form 2 3 3 3",
    misses: "bare digits without a word",
    examples: ["36 574 261 809"],
  },
  de_health_insurance: {
    finds: "German health insurance numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["Krankenkasse A123456780"],
  },
  at_svnr: {
    finds: "Austrian social insurance numbers",
    evidence: form,
    misses: "bare digits without a word",
    examples: ["1237 010180"],
  },
  ch_ahv: {
    finds: "Swiss AHV numbers",
    evidence: "the country's 756 and EAN-13",
    misses: "none known",
    examples: ["756.9217.0769.85"],
  },
  nl_bsn: {
    finds: "Dutch citizen service numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["BSN 111222333"],
  },
  be_nn: {
    finds: "Belgian national numbers",
    evidence: "MOD 97 and a birthday",
    misses: "none known",
    examples: ["85.07.30-033.28"],
  },
  es_nif: {
    finds: "Spanish DNI numbers",
    evidence: "the check letter",
    misses: "numbers of fewer than eight digits",
    examples: ["54362315K"],
  },
  es_nie: {
    finds: "Spanish numbers of foreigners",
    evidence: "X, Y or Z and the check letter",
    misses: "none known",
    examples: ["X2482300W"],
  },
  pt_nif: {
    finds: "Portuguese taxpayer numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["contribuinte 501964843"],
  },
  it_fiscal_code: {
    finds: "Italian tax codes",
    evidence: "the form and the check letter",
    misses: "codes with letters in place of digits (omocodia)",
    examples: ["RCCMNL83S18D969H"],
  },
  it_vat: {
    finds: "Italian VAT numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["partita IVA 00743110157"],
  },
  gr_amka: {
    finds: "Greek AMKA",
    evidence: "a birthday and Luhn; bare digits with a word, or all along a column",
    misses: "none known",
    examples: ["AMKA 01013099997"],
  },
  se_personnummer: {
    finds: "Swedish personal and coordination numbers",
    evidence: "a birthday and Luhn: of twelve digits bare, of ten as 6-4 or with a word",
    misses: "ten bare digits without a word",
    examples: ["880320-0016", "198803200016"],
  },
  no_fodselsnummer: {
    finds: "Norwegian birth and D numbers",
    evidence: "a birthday and two check digits",
    misses: "numbers after the reform of 2032",
    examples: ["15108695088"],
  },
  dk_cpr: {
    finds: "Danish CPR numbers",
    evidence: "a birthday and, without a word nearby, the check digit and the form 6-4",
    misses: "numbers without check digit and word",
    examples: ["211062-5629", "CPR 010190-1234"],
  },
  fi_hetu: {
    finds: "Finnish personal identity codes",
    evidence: "a birthday and the check character",
    misses: "none known",
    examples: ["131052-308T"],
  },
  ee_isikukood: {
    finds: "Estonian and Lithuanian personal codes, which are alike",
    evidence: "a birthday and the check digit; bare digits with a word, or all along a column",
    misses: "none known",
    examples: ["isikukood 36805280109"],
  },
  lv_personas_kods: {
    finds: "Latvian personal codes",
    evidence: form,
    misses: "codes given out since 2017 that begin with 32 and have no check digit",
    examples: ["161175-19997"],
  },
  pl_pesel: {
    finds: "Polish PESEL numbers",
    evidence: "a birthday and the check digit; bare digits with a word, or all along a column",
    misses: "none known",
    examples: ["PESEL 44051401359"],
  },
  cz_rodne_cislo: {
    finds: "Czech and Slovak birth numbers",
    evidence: form,
    misses: "numbers of nine digits, from before 1954",
    examples: ["710319/2745"],
  },
  ro_cnp: {
    finds: "Romanian personal codes",
    evidence: "a birthday, a county and the check digit",
    misses: "none known",
    examples: ["1630615123457"],
  },
  bg_egn: {
    finds: "Bulgarian civil numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["EGN 7523169263"],
  },
  hr_oib: {
    finds: "Croatian personal numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["OIB 33392005961"],
  },
  si_emso: {
    finds: "numbers of Slovenia and the other successors of Yugoslavia",
    evidence: "a birthday and the check digit",
    misses: "none known",
    examples: ["0101006500006"],
  },
  tr_tckn: {
    finds: "Turkish identity numbers",
    evidence: bare,
    misses: "none known",
    examples: ["TC kimlik 17291716060"],
  },
  il_id: {
    finds: "Israeli identity numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["teudat zehut 039337423"],
  },
  za_id: {
    finds: "South African identity numbers",
    evidence: "a birthday, citizenship and Luhn",
    misses: "none known",
    examples: ["7503305044089"],
  },
  in_aadhaar: {
    finds: "Aadhaar numbers",
    evidence: "Verhoeff, and groups of four or a word nearby",
    misses: "bare digits without a word",
    examples: ["2341 2341 2346"],
  },
  in_pan: {
    finds: "Indian Permanent Account numbers",
    evidence: "the form, the fourth letter of it; there is no check that others could make",
    misses: "none known",
    examples: ["ACUPA7085R"],
  },
  cn_resident_id: {
    finds: "Chinese resident identity numbers",
    evidence: "a birthday and ISO 7064",
    misses: "the old numbers of 15 digits",
    examples: ["360426199101010071"],
  },
  hk_id: {
    finds: "Hong Kong identity card numbers",
    evidence: "the check digit in brackets",
    misses: "numbers without brackets",
    examples: ["A123456(3)"],
  },
  tw_id: {
    finds: "Taiwanese identity numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["Taiwan ID A123456789"],
  },
  kr_rrn: {
    finds: "Korean resident registration numbers",
    evidence: "a birthday, and the check digit unless born in this decade; 6-7, or a word nearby",
    misses: "bare digits without a word; numbers given out anew since 2020 to people born earlier",
    examples: ["971013-9019902"],
  },
  jp_my_number: {
    finds: "Japanese My Numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["マイナンバー 123456789018"],
  },
  sg_nric: {
    finds: "Singapore NRIC and FIN",
    evidence: "the check letter",
    misses: "none known",
    examples: ["S1234567D"],
  },
  th_tnin: {
    finds: "Thai national identification numbers",
    evidence: form,
    misses: "bare digits without a word",
    examples: ["1-2345-45678-78-1"],
  },
  my_nric: {
    finds: "Malaysian identity card numbers",
    evidence: "a birthday and a place; 6-2-4, or a word nearby; there is no check digit",
    misses: "bare digits without a word",
    examples: ["770305-02-1234"],
  },
  au_tfn: {
    finds: "Australian tax file numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["TFN 123 456 782"],
  },
  au_medicare: {
    finds: "Australian Medicare numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["Medicare 2123 45670 1"],
  },
  au_abn: {
    finds: "Australian Business Numbers",
    evidence: form,
    misses: "bare digits without a word",
    examples: ["83 914 571 673"],
  },
  au_acn: {
    finds: "Australian Company Numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["ACN 004 085 616"],
  },
  nz_ird: {
    finds: "New Zealand IRD numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["IRD 49091850"],
  },
};
