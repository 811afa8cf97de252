/** National numbers of the west and north of Europe. */
import { bare, type Entries, form, needsWord } from "./entry.ts";

export const entriesOfEurope = {
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
    misses: "numbers without the key",
    examples: ["2 95 10 99 126 111 93", "253072B07300470"],
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
    finds: "Spanish DNI and NIF numbers; of companies where a word stands nearby",
    evidence: "the check letter or digit",
    misses: "numbers of fewer than seven digits",
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
  uk_driving_licence: {
    finds: "British driving licence numbers",
    evidence: "the kind of each of the sixteen characters, and a month",
    misses: "numbers of surnames of one letter, and of Northern Ireland",
    examples: ["MORGA657054SM9IJ"],
  },
  de_social_security: {
    finds: "German pension insurance numbers",
    evidence: "the check digit and a birthday",
    misses: "none known",
    examples: ["15070649C103"],
  },
  is_kennitala: {
    finds: "Icelandic identification numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["kennitala 120174-3399"],
  },
  lu_matricule: {
    finds: "Luxembourgish identification numbers",
    evidence: bare,
    misses: "none known",
    examples: ["1987091512398"],
  },
} as const satisfies Entries;
