/**
 * Words that tell what a number near them is. They are anchors like any other, found in the same pass; a number is
 * judged by what was said shortly before it, or, in running text, shortly after.
 */

export const topicWords = {
  card: "card;cc number;cc_number;ccnum;ccn;pan number;visa;mastercard;amex;american express;karte;tarjeta;carte bancaire;carta di credito;cartao;cartão;kreditkarte",
  phone:
    "phone;mobile;mobil;tel;telephone;telefon;telefono;teléfono;téléphone;celular;cell;call;fax;whatsapp;sms;handy;rufnummer;contact number;dial;text me;reach me;reach us;hotline;msisdn;numero de contacto;portable;answering at;reached at;messages to",
  /** What stands behind a telephone number in signatures and lists. */
  phone_kind: "office;fax;mobile;mobil;cell;home;work;direct;main;tel",
  us_ssn: "ssn;social security;social_security;ss number;ss#;socialsecurity",
  us_itin: "itin;individual taxpayer;taxpayer id;tax payer;tax id;taxpayer;tin",
  us_ein: "ein;employer identification;fein;federal tax id",
  us_npi: "npi;national provider;provider number;provider identifier",
  us_passport: "passport;passnummer;reisepass;pasaporte;travel document;passeport;passaporto",
  us_dea: "dea;medical license;prescriber;certificate number",
  bank: "account number;account no;account_number;acct;bank account;checking;savings;accountnumber;account #;debit;deposit account",
  aba: "routing;aba;transit number;rtn",
  ca_sin: "sin;social insurance;assurance sociale;nas",
  uk_nhs: "nhs;national health;health service;patient number",
  uk_nino: "nino;national insurance;ni number;ni no;insurance number",
  ie_pps: "pps;ppsn;personal public service",
  fr_nir: "nir;insee;securite sociale;sécurité sociale;numero de secu;carte vitale",
  de_tax_id:
    "steuer;idnr;identifikationsnummer;steuernummer;steueridentifikationsnummer;tax id;tin;tax number",
  de_health:
    "krankenversicher;versichertennummer;kvnr;krankenkasse;egk;versichertennr;health insurance",
  at_svnr: "svnr;sozialversicherung;sv-nummer;sv nummer;versicherungsnummer",
  ch_ahv: "ahv;avs;oasi;navs;sozialversicherung",
  nl_bsn: "bsn;burgerservicenummer;sofinummer;sofi;citizen service",
  be_nn: "rijksregister;registre national;national number;nationaal nummer;rrn;insz;niss",
  es_nif: "dni;nif;nie;documento nacional;identificacion fiscal;cif",
  pt_nif: "nif;contribuinte;numero fiscal;número fiscal;tax id",
  it_vat: "partita iva;p.iva;p. iva;piva;vat",
  gr_amka: "amka",
  se: "personnummer;personnr;pnr;samordningsnummer;org nr;organisationsnummer",
  no: "fodselsnummer;fødselsnummer;fnr;personnummer;d-nummer",
  dk: "cpr;personnummer;cpr-nr",
  fi: "hetu;henkilotunnus;henkilötunnus;personbeteckning",
  baltic: "isikukood;asmens kodas;personas kods;personal code;ik",
  pl_pesel: "pesel;nip;regon",
  cz: "rodne cislo;rodné číslo;rodne_cislo;birth number;rč",
  ro_cnp: "cnp;cod numeric",
  bg_egn: "egn",
  hr_oib: "oib;osobni identifikacijski",
  si_emso: "emso;emšo;jmbg",
  tr_tckn: "tckn;tc kimlik;kimlik;t.c.",
  il_id: "teudat zehut;israeli id;id number;zehut;mispar zehut;identity number",
  za_id: "said;sa id;south african id;identity number;id number",
  in_aadhaar: "aadhaar;aadhar;uidai;uid",
  in_pan: "pan;permanent account number;pan card;pan no;pan number",
  cn: "身份证;resident id;identity card;shenfenzheng",
  hk: "hkid;hong kong id;identity card",
  tw: "national id;taiwan id",
  kr_rrn: "주민등록번호;주민번호;resident registration;rrn;주민",
  jp: "マイナンバー;個人番号;my number;individual number",
  sg: "nric;fin number;singpass",
  th: "tnin;thai id;thai national;ประชาชน;citizen id;national id",
  my: "mykad;nric;kad pengenalan;ic number;no kp",
  au_tfn: "tfn;tax file",
  au_medicare: "medicare",
  au_abn: "abn;australian business",
  au_acn: "身份证;acn;australian company;company number",
  nz_ird: "ird;inland revenue",
  br: "cpf;cnpj;cadastro de pessoa;cadastro nacional",
  ar_cuit: "cuit;cuil;cdi",
  cl_rut: "rut;run;rol unico",
  cedula: "cedula;cédula;cedula de identidad;documento de identidad",
  is_kennitala: "kennitala",
  lu_matricule: "matricule",
  hu_taj: "taj;tajszám;taj szám",
  hu_tax_id: "adóazonosító;adoazonosito",
  ua_rnokpp: "рнокпп;РНОКПП;ідентифікаційний;Ідентифікаційний;rnokpp;іпн;ІПН",
  ru_snils: "снилс;СНИЛС;snils",
  ru_inn: "инн;ИНН;inn",
  id_nik: "nik;ktp;e-ktp;nomor induk",
  pk_cnic: "cnic;nadra;nicop",
  sa_id: "iqama;saudi id;national id;civil id;هوية;الهوية",
  ae_emirates_id: "emirates id",
  ng_nin: "nin;nimc;national identification number",
  in_voter: "voter;epic;elector",
  imei: "imei;device id;imei number",
  birth:
    "dob;d.o.b;date of birth;date_of_birth;dateofbirth;birth date;birthdate;birth_date;birthday;born;geburtsdatum;geboren;geb.;né le;née le;date de naissance;fecha de nacimiento;nacido;nacida;nacimiento;data di nascita;nato il;nata il;data de nascimento;geboortedatum;fødselsdato;födelsedatum;syntymäaika;data urodzenia",
  wallet:
    "bitcoin;btc;wallet;litecoin;ltc;dogecoin;doge;tron;trx;usdt;ripple;xrp;dash;zcash;crypto;cardano;stellar;xlm;monero;xmr;wif",
  dsn: "server=;data source=;datasource=;uid=;user id=;userid=;user=;username=;host=;dbname=;database=;initial catalog=;driver=;dsn=;accountname=;endpoint=",
  curl: "curl",
  version: "version;release;v.;ver;build;firmware;semver",
  /** What looks like anything and is nobody's. */
  other:
    "order;invoice;tracking;transaction;sku;isbn;ean;upc;commit;build;serial;timestamp;epoch;trace;span_id;request_id;request id;part number;part no;ticket;case number;shipment;parcel;barcode;gtin;batch;lot number;revision;checksum;po number;purchase order;confirmation number;booking;reference;counter;offset;bytes;size;duration;version;snowflake;message id;message_id;event_id;session_id;job_id;rechnung;bestell;sendung;facture;commande;pedido;factura",
} as const satisfies Readonly<Record<string, string>>;

export type Topic = keyof typeof topicWords;

export const topics = Object.keys(topicWords) as readonly Topic[];

/** Of each its place in `topics`. */
export const topicNumbers: Readonly<Record<Topic, number>> = Object.fromEntries(
  topics.map((topic, index) => [topic, index]),
) as Record<Topic, number>;

/** A topic is about what follows it within so many bytes. */
export const topicReach = 72;
/** In running text, a topic may come so many bytes after; the kind of a telephone number directly. */
export const topicReachAfter = 40;
export const kindReachAfter = 9;

/** Words of fewer letters have to stand by themselves. */
const partLettersLeast = 6;

export function standsAlone(word: string): boolean {
  return word.length < partLettersLeast && /^[a-z]+$/.test(word);
}
