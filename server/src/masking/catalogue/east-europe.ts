/** National numbers of the east and south-east of Europe. */
import { type Entries, form, needsWord } from "./entry.ts";

export const entriesOfEastEurope = {
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
    misses: "bare digits without a word",
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
  hu_taj: {
    finds: "Hungarian social security numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["TAJ 123 456 128"],
  },
  hu_tax_id: {
    finds: "Hungarian tax identification numbers of persons",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["adóazonosító jel: 8071270121"],
  },
  ua_rnokpp: {
    finds: "Ukrainian taxpayer numbers",
    evidence: needsWord,
    misses: "any without the word",
    examples: ["РНОКПП 1759013776"],
  },
  ru_snils: {
    finds: "Russian insurance numbers",
    evidence: form,
    misses: "bare digits without a word",
    examples: ["112-233-445 95"],
  },
  ru_inn: {
    finds: "Russian taxpayer numbers of persons",
    evidence: needsWord,
    misses: "any without the word; numbers of companies",
    examples: ["ИНН 123456789047"],
  },
} as const satisfies Entries;
