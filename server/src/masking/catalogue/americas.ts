/** National numbers of the Americas. */
import { bare, type Entries, form, needsWord } from "./entry.ts";

export const entriesOfAmericas = {
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
  us_mbi: {
    finds: "Medicare Beneficiary Identifiers",
    evidence: "the kind of each of the eleven characters, with or without dashes",
    misses: "numbers in other groups",
    examples: ["1EG4-TE5-MK73"],
  },
  mx_rfc: {
    finds: "Mexican RFC numbers of persons",
    evidence: "a birthday and the check character",
    misses: "numbers with Ñ, without their last three characters, or of companies",
    examples: ["GODE561231GR8"],
  },
  ec_cedula: {
    finds: "Ecuadorian cédulas",
    evidence: form,
    misses: "bare digits without a word",
    examples: ["cédula 171430710-3"],
  },
  do_cedula: {
    finds: "Dominican cédulas",
    evidence: form,
    misses: "bare digits without a word",
    examples: ["001-1391820-5"],
  },
  uy_cedula: {
    finds: "Uruguayan cédulas",
    evidence: form,
    misses: "bare digits without a word",
    examples: ["1.234.571-3"],
  },
} as const satisfies Entries;
