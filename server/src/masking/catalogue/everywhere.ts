/** What people, accounts and devices have in every country. */
import { type Entries, needsWord } from "./entry.ts";

export const entriesEverywhere = {
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
    misses:
      "bare numbers in fields called `order`, `tracking` and the like (`order_id: …`), but not in sentences; ranges that were given out later",
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
} as const satisfies Entries;
