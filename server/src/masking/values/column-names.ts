/** What the name of a column or of a key says about its values. */
import { type Entity, parseEntity } from "#/core/entity.ts";

/** Words as they stand in names, several of them joined by `_`; the first that is in the name decides. */
const lexicon: readonly (readonly [Entity, string])[] = [
  ["email", "email e_mail mail_address email_address emailaddress mailaddress correo courriel"],
  [
    "phone_number",
    "phone phone_number mobile mobile_number cell cellphone cell_phone telephone tel fax fax_number msisdn whatsapp telefon handy telefono telephone_number phonenumber",
  ],
  ["us_ssn", "ssn social_security social_security_number socialsecurity ss_number"],
  ["us_itin", "itin"],
  ["us_ein", "ein fein"],
  [
    "credit_card",
    "credit_card creditcard card_number cardnumber card_no cc_number cc_num ccnumber ccn pan card_pan kreditkarte tarjeta debit_card cc",
  ],
  ["iban", "iban iban_code account_iban"],
  [
    "us_bank_number",
    "bank_account account_number accountnumber bank_account_number acct_number kontonummer",
  ],
  ["us_aba_routing", "routing_number aba_routing aba"],
  [
    "password",
    "password passwd pwd passphrase passcode secret secret_key client_secret api_key apikey api_secret access_key access_token refresh_token auth_token bearer_token session_token id_token private_key encryption_key signing_key token pin cvv cvc cvv2 otp totp_secret mfa_secret password_hash passwordhash password_digest pass_hash recovery_code security_answer credential credentials kennwort passwort contrasena",
  ],
  [
    "person",
    "first_name firstname last_name lastname full_name fullname surname given_name givenname family_name familyname maiden_name middle_name middlename forename vorname nachname customer_name patient_name employee_name contact_name person_name user_full_name cardholder cardholder_name card_holder account_holder beneficiary_name recipient_name guardian_name legal_name nombre apellido apellidos prenom",
  ],
  [
    "street_address",
    "street street_address address address1 address2 address_1 address_2 address_line address_line1 address_line2 address_line_1 address_line_2 home_address billing_address shipping_address mailing_address postal_address addr strasse adresse direccion",
  ],
  [
    "date_of_birth",
    "dob birth_date birthdate date_of_birth dateofbirth birthday born_on born geburtsdatum fecha_nacimiento birth_dt",
  ],
  [
    "ip_address",
    "ip ip_address ipaddress ip_addr ipaddr client_ip remote_ip remote_addr source_ip last_ip login_ip ipv4 ipv6",
  ],
  ["mac_address", "mac mac_address macaddress mac_addr"],
  ["imei", "imei"],
  ["us_passport", "passport passport_number passport_no"],
  ["uk_nino", "nino national_insurance national_insurance_number ni_number"],
  ["uk_nhs", "nhs nhs_number nhs_no"],
  ["us_npi", "npi"],
  ["de_tax_id", "steuer_id steuerid tax_id taxid tax_number taxnumber tin steuernummer"],
  ["nl_bsn", "bsn"],
  ["pl_pesel", "pesel"],
  ["br_cpf", "cpf"],
  ["br_cnpj", "cnpj"],
  ["mx_curp", "curp"],
  ["ar_cuit", "cuit cuil"],
  ["cl_rut", "rut"],
  [
    "es_nif",
    "dni nif national_id nationalid national_id_number identity_number id_card id_card_number",
  ],
  ["es_nie", "nie"],
  ["it_fiscal_code", "codice_fiscale fiscal_code fiscalcode"],
  ["fr_nir", "nir insee_number numero_secu"],
  ["ch_ahv", "ahv ahv_number"],
  ["se_personnummer", "personnummer personal_identity_number"],
  ["no_fodselsnummer", "fodselsnummer"],
  ["dk_cpr", "cpr cpr_number"],
  ["fi_hetu", "hetu henkilotunnus"],
  ["in_aadhaar", "aadhaar aadhar aadhaar_number"],
  ["in_pan", "pan_card pan_number"],
  ["ca_sin", "sin sin_number social_insurance_number"],
  ["au_tfn", "tfn tax_file_number"],
  ["au_medicare", "medicare medicare_number"],
  ["sg_nric", "nric fin_number"],
  ["kr_rrn", "rrn resident_registration_number"],
  ["us_mbi", "mbi medicare_beneficiary_id"],
  ["mx_rfc", "rfc"],
  ["uk_driving_licence", "driving_licence driving_licence_number"],
  ["is_kennitala", "kennitala"],
  ["lu_matricule", "matricule"],
  ["hu_taj", "taj taj_szam"],
  ["hu_tax_id", "adoazonosito adoazonosito_jel"],
  ["ua_rnokpp", "rnokpp"],
  ["ru_snils", "snils"],
  ["ru_inn", "inn"],
  ["sa_id", "iqama iqama_number"],
  ["ae_emirates_id", "emirates_id"],
  ["pk_cnic", "cnic"],
  ["in_voter", "voter_id epic_number"],
  ["in_gstin", "gstin"],
  ["id_nik", "nik"],
  ["ec_cedula", "cedula"],
  ["crypto_wallet", "wallet wallet_address btc_address eth_address"],
];

const byWords: ReadonlyMap<string, Entity> = new Map(
  lexicon.flatMap(([entity, names]) => names.split(" ").map((name) => [name, entity] as const)),
);
const wordsMost = Math.max(...[...byWords.keys()].map((name) => name.split("_").length));

/** After such a word the name is about something else: `email_sent`, `phone_verified`, `address_id`, `token_count`. */
const about = new Set(
  "id ids count sent verified verified_at confirmed enabled type kind status at on by flag opt_in optin consent preference preferences provider expires expiry expiration length total label template subject bounced unsubscribed valid is_valid present exists version format used usage limit limits max min reset".split(
    " ",
  ),
);

/** Tables whose `name` is a person's. */
const people = new Set(
  "customer customers client clients user users person persons people employee employees patient patients contact contacts member members student students teacher teachers staff subscriber subscribers guest guests passenger passengers applicant applicants candidate candidates author authors agent agents driver drivers owner owners tenant tenants resident residents donor donors voter voters".split(
    " ",
  ),
);

/** Null where the name says nothing: the values have to be looked at. */
export function entityOfName(name: string, table: string | null = null): Entity | null {
  const exact = parseEntity(name);
  if (exact !== null) return exact;
  const words = wordsOf(name);
  if (words.some((word) => word === "is" || word === "has") || about.has(words.at(-1) ?? ""))
    return null;
  for (let count = Math.min(wordsMost, words.length); count > 0; count -= 1) {
    for (let at = words.length - count; at >= 0; at -= 1) {
      const entity = byWords.get(words.slice(at, at + count).join("_"));
      if (entity !== undefined) return entity;
    }
  }
  const owner = table === null ? [] : wordsOf(table);
  const isName = words.length === 1 && words[0] === "name";
  return isName && owner.some((word) => people.has(word)) ? "person" : null;
}

/** What names of many things are led to: `token`, `tax_id`, `national_id`. */
const broad: ReadonlySet<Entity> = new Set(["password", "de_tax_id", "es_nif"]);

export function isBroad(entity: Entity): boolean {
  return broad.has(entity);
}

/** `customerEmail`, `customer_email`, `Customer E-Mail`: words in lower case. */
function wordsOf(name: string): readonly string[] {
  return name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, "$1_$2")
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1_$2")
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== "");
}
