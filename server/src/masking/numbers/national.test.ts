import assert from "node:assert/strict";
import { test } from "node:test";
import { finder } from "#/masking/finder.test-support.ts";

/** Published examples of each format, or such as pass its check. */
const numbers: readonly (readonly [entity: string, text: string])[] = [
  ["es_nif", "NIF B-58378431"],
  ["es_nif", "CIF B64717838"],
  ["es_nif", "M-1234567-L"],
  ["fr_nir", "2 53 07 2B 073 004 70"],
  ["fr_nir", "253072A07300443"],
  ["ie_pps", "6433435FT"],
  ["imei", "IMEI 35686800-004141-20"],
  ["cz_rodne_cislo", "rodné číslo 530112/123"],
  ["kr_rrn", "주민등록번호 960121-1234567"],
  ["in_pan", "PAN card AAASA1111R"],
  ["sg_nric", "NRIC T1234567Z"],
  ["us_dea", "DEA number K92993548"],
  ["uk_driving_licence", "FO999512018AA1AB"],
  ["us_mbi", "1EG4TE5MK73"],
  ["ru_snils", "СНИЛС 11223344595"],
  ["mx_rfc", "RFC: GODE-561231-GR8"],
  ["de_social_security", "15 070649 C 103"],
  ["ae_emirates_id", "784198512345673"],
  ["pk_cnic", "CNIC 3420108912318"],
];

test("numbers of people are found as their states write them", () => {
  for (const [entity, text] of numbers)
    assert.deepEqual(
      finder.find(text).map((finding) => finding.entity),
      [entity],
      text,
    );
});

test("what fails the check, was printed for everybody, or is part of a longer word is none", () => {
  for (const text of [
    "NIF B-58378432",
    "253072B07300471",
    "kennitala 120174-3389",
    "TAJ 123 456 127",
    "СНИЛС 112-233-445 96",
    "GODE561231GR7",
    "15070649C104",
    "784-1985-1234567-4",
    "38ABCDE1234F1Z5",
    "at 2024-01-15T10:23:45 x1EG4TE5MK73y",
    "1987091512399",
  ])
    assert.deepEqual(finder.find(text), [], text);
  for (const printed of ["ssn 078-05-1120", "ssn 219-09-9999"])
    assert.ok(!finder.find(printed).some(({ entity }) => entity === "us_ssn"), printed);
  for (const text of [
    "0000200 8f c8",
    "commit afbaf9277b",
    "chat-E2206F",
    "rc.24 1.20260301.1",
    "in 0.347102s",
    "--duration=1000000h",
    "h 16.11262 v 4.5",
  ])
    assert.deepEqual(finder.find(text), [], text);
});
