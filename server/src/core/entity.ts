/**
 * What can be found, by the names that policies and pseudonyms use.
 *
 * `alias` is the name of the same thing in Presidio and GLiNER, taken wherever a name is read. `rank` decides where two findings
 * overlap: what has a form of its own comes before what is told by its context.
 */

interface EntityRow {
  readonly alias: string;
  readonly rank: number;
  readonly kind: "secret" | "person" | "government" | "finance" | "network" | "text";
}

const entityTable = {
  private_key: { alias: "PRIVATE_KEY", rank: 9, kind: "secret" },
  connection_string: { alias: "CONNECTION_STRING", rank: 8, kind: "secret" },
  provider_token: { alias: "API_KEY", rank: 8, kind: "secret" },
  jwt: { alias: "JWT", rank: 7, kind: "secret" },
  http_credential: { alias: "HTTP_CREDENTIAL", rank: 7, kind: "secret" },
  password: { alias: "PASSWORD", rank: 6, kind: "secret" },
  email: { alias: "EMAIL_ADDRESS", rank: 6, kind: "person" },
  phone_number: { alias: "PHONE_NUMBER", rank: 2, kind: "person" },
  person: { alias: "PERSON", rank: 2, kind: "person" },
  street_address: { alias: "LOCATION", rank: 2, kind: "person" },
  date_of_birth: { alias: "DATE_OF_BIRTH", rank: 3, kind: "person" },
  credit_card: { alias: "CREDIT_CARD", rank: 5, kind: "finance" },
  iban: { alias: "IBAN_CODE", rank: 6, kind: "finance" },
  crypto_wallet: { alias: "CRYPTO", rank: 6, kind: "finance" },
  us_bank_number: { alias: "US_BANK_NUMBER", rank: 3, kind: "finance" },
  us_aba_routing: { alias: "ABA_ROUTING_NUMBER", rank: 3, kind: "finance" },
  ip_address: { alias: "IP_ADDRESS", rank: 4, kind: "network" },
  mac_address: { alias: "MAC_ADDRESS", rank: 5, kind: "network" },
  imei: { alias: "IMEI", rank: 3, kind: "network" },
  us_ssn: { alias: "US_SSN", rank: 4, kind: "government" },
  us_itin: { alias: "US_ITIN", rank: 4, kind: "government" },
  us_ein: { alias: "US_EIN", rank: 3, kind: "government" },
  us_npi: { alias: "US_NPI", rank: 3, kind: "government" },
  us_passport: { alias: "US_PASSPORT", rank: 3, kind: "government" },
  us_dea: { alias: "MEDICAL_LICENSE", rank: 3, kind: "government" },
  ca_sin: { alias: "CA_SIN", rank: 3, kind: "government" },
  mx_curp: { alias: "MX_CURP", rank: 5, kind: "government" },
  br_cpf: { alias: "BR_CPF", rank: 4, kind: "government" },
  br_cnpj: { alias: "BR_CNPJ", rank: 4, kind: "government" },
  ar_cuit: { alias: "AR_CUIT", rank: 4, kind: "government" },
  cl_rut: { alias: "CL_RUT", rank: 4, kind: "government" },
  uk_nino: { alias: "UK_NINO", rank: 4, kind: "government" },
  uk_nhs: { alias: "UK_NHS", rank: 4, kind: "government" },
  ie_pps: { alias: "IE_PPS", rank: 4, kind: "government" },
  fr_nir: { alias: "FR_NIR", rank: 5, kind: "government" },
  de_tax_id: { alias: "DE_TAX_ID", rank: 4, kind: "government" },
  de_health_insurance: { alias: "DE_HEALTH_INSURANCE", rank: 4, kind: "government" },
  at_svnr: { alias: "AT_SVNR", rank: 4, kind: "government" },
  ch_ahv: { alias: "CH_AHV", rank: 5, kind: "government" },
  nl_bsn: { alias: "NL_BSN", rank: 4, kind: "government" },
  be_nn: { alias: "BE_NATIONAL_NUMBER", rank: 4, kind: "government" },
  es_nif: { alias: "ES_NIF", rank: 4, kind: "government" },
  es_nie: { alias: "ES_NIE", rank: 4, kind: "government" },
  pt_nif: { alias: "PT_NIF", rank: 4, kind: "government" },
  it_fiscal_code: { alias: "IT_FISCAL_CODE", rank: 6, kind: "government" },
  it_vat: { alias: "IT_VAT_CODE", rank: 3, kind: "government" },
  gr_amka: { alias: "GR_AMKA", rank: 4, kind: "government" },
  se_personnummer: { alias: "SE_PERSONNUMMER", rank: 4, kind: "government" },
  no_fodselsnummer: { alias: "NO_FODSELSNUMMER", rank: 4, kind: "government" },
  dk_cpr: { alias: "DK_CPR", rank: 4, kind: "government" },
  fi_hetu: { alias: "FI_PERSONAL_IDENTITY_CODE", rank: 5, kind: "government" },
  ee_isikukood: { alias: "EE_ISIKUKOOD", rank: 4, kind: "government" },
  lv_personas_kods: { alias: "LV_PERSONAS_KODS", rank: 4, kind: "government" },
  pl_pesel: { alias: "PL_PESEL", rank: 4, kind: "government" },
  cz_rodne_cislo: { alias: "CZ_RODNE_CISLO", rank: 4, kind: "government" },
  ro_cnp: { alias: "RO_CNP", rank: 4, kind: "government" },
  bg_egn: { alias: "BG_EGN", rank: 4, kind: "government" },
  hr_oib: { alias: "HR_OIB", rank: 4, kind: "government" },
  si_emso: { alias: "SI_EMSO", rank: 4, kind: "government" },
  tr_tckn: { alias: "TR_NATIONAL_ID", rank: 4, kind: "government" },
  il_id: { alias: "IL_ID", rank: 4, kind: "government" },
  za_id: { alias: "ZA_ID", rank: 4, kind: "government" },
  in_aadhaar: { alias: "IN_AADHAAR", rank: 4, kind: "government" },
  in_pan: { alias: "IN_PAN", rank: 5, kind: "government" },
  cn_resident_id: { alias: "CN_RESIDENT_ID", rank: 5, kind: "government" },
  hk_id: { alias: "HK_HKID", rank: 5, kind: "government" },
  tw_id: { alias: "TW_ID", rank: 4, kind: "government" },
  kr_rrn: { alias: "KR_RRN", rank: 4, kind: "government" },
  jp_my_number: { alias: "JP_MY_NUMBER", rank: 4, kind: "government" },
  sg_nric: { alias: "SG_NRIC_FIN", rank: 5, kind: "government" },
  th_tnin: { alias: "TH_TNIN", rank: 4, kind: "government" },
  my_nric: { alias: "MY_NRIC", rank: 4, kind: "government" },
  au_tfn: { alias: "AU_TFN", rank: 4, kind: "government" },
  au_medicare: { alias: "AU_MEDICARE", rank: 4, kind: "government" },
  au_abn: { alias: "AU_ABN", rank: 4, kind: "government" },
  au_acn: { alias: "AU_ACN", rank: 3, kind: "government" },
  nz_ird: { alias: "NZ_IRD", rank: 3, kind: "government" },
  us_mbi: { alias: "US_MBI", rank: 5, kind: "government" },
  mx_rfc: { alias: "MX_RFC", rank: 5, kind: "government" },
  ec_cedula: { alias: "EC_CEDULA", rank: 4, kind: "government" },
  do_cedula: { alias: "DO_CEDULA", rank: 4, kind: "government" },
  uy_cedula: { alias: "UY_CEDULA", rank: 4, kind: "government" },
  uk_driving_licence: { alias: "UK_DRIVING_LICENCE", rank: 5, kind: "government" },
  de_social_security: { alias: "DE_SOCIAL_SECURITY", rank: 5, kind: "government" },
  is_kennitala: { alias: "IS_KENNITALA", rank: 4, kind: "government" },
  lu_matricule: { alias: "LU_MATRICULE", rank: 4, kind: "government" },
  hu_taj: { alias: "HU_TAJ", rank: 4, kind: "government" },
  hu_tax_id: { alias: "HU_TAX_ID", rank: 4, kind: "government" },
  ua_rnokpp: { alias: "UA_RNOKPP", rank: 4, kind: "government" },
  ru_snils: { alias: "RU_SNILS", rank: 4, kind: "government" },
  ru_inn: { alias: "RU_INN", rank: 4, kind: "government" },
  sa_id: { alias: "SA_ID", rank: 4, kind: "government" },
  ae_emirates_id: { alias: "AE_EMIRATES_ID", rank: 4, kind: "government" },
  ng_nin: { alias: "NG_NIN", rank: 3, kind: "government" },
  pk_cnic: { alias: "PK_CNIC", rank: 4, kind: "government" },
  in_voter: { alias: "IN_VOTER", rank: 4, kind: "government" },
  in_gstin: { alias: "IN_GSTIN", rank: 5, kind: "government" },
  id_nik: { alias: "ID_NIK", rank: 4, kind: "government" },
  user_pattern: { alias: "CUSTOM", rank: 7, kind: "text" },
  /** Text that could not be looked at to its end: the whole of it counts as a finding. */
  unscanned: { alias: "UNSCANNED", rank: 10, kind: "text" },
} as const satisfies Readonly<Record<string, EntityRow>>;

export type Entity = keyof typeof entityTable;

export const entityNames = Object.keys(entityTable) as readonly Entity[];

export function entityOf(name: Entity): EntityRow {
  return entityTable[name];
}

const byName: ReadonlyMap<string, Entity> = new Map(
  entityNames.flatMap((name) => [
    [name, name],
    [entityTable[name].alias.toLowerCase(), name],
  ]),
);

/** Null where nothing is called so: neither by us nor, whatever its case, by the field. */
export function parseEntity(name: string): Entity | null {
  return byName.get(name.toLowerCase()) ?? null;
}

/** As it stands in a pseudonym: `<EMAIL_3>`. */
export function labelOf(entity: Entity): string {
  return entity.toUpperCase();
}

export function parseLabel(label: string): Entity | null {
  const name = label.toLowerCase();
  return entityNames.find((each) => each === name) ?? null;
}
