/** National numbers of Asia, Africa and Oceania. */
import { bare, type Entries, form, needsWord } from "./entry.ts";

export const entriesOfAsiaAfricaOceania = {
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
    misses:
      "bare digits without a word; without one also numbers given out anew since 2020 to people born earlier",
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
  sa_id: {
    finds: "Saudi numbers of citizens and residents",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["iqama 1023456724"],
  },
  ae_emirates_id: {
    finds: "numbers of Emirates ID cards",
    evidence: bare,
    misses: "none known",
    examples: ["784-1985-1234567-3"],
  },
  ng_nin: {
    finds: "Nigerian national identification numbers",
    evidence: "eleven digits behind a word that names them; there is no published check",
    misses: "any without the word",
    examples: ["NIN: 12345678931"],
  },
  pk_cnic: {
    finds: "Pakistani numbers of identity cards",
    evidence: "the form 5-7-1, or a word",
    misses: "bare digits without a word",
    examples: ["34201-0891231-8"],
  },
  in_voter: {
    finds: "Indian voter numbers (EPIC)",
    evidence: "the form, and a word",
    misses: "any without the word; older numbers",
    examples: ["voter card WKH1186253"],
  },
  in_gstin: {
    finds: "Indian GST numbers, which hold the PAN",
    evidence: "the form",
    misses: "none known",
    examples: ["27AAPFU0939F1ZV"],
  },
  id_nik: {
    finds: "Indonesian identity numbers",
    evidence: "province, a birthday, and a word",
    misses: "any without the word",
    examples: ["NIK 3171234506890123"],
  },
} as const satisfies Entries;
