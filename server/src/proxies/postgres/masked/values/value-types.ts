/**
 * What values of a type can hold, and what can stand in their place, as tables.
 *
 * Closed world: a type that no table here names, and no catalogue, may hold anything and is replaced by nothing but NULL.
 *
 * Source: PostgreSQL's `pg_type.dat`; the binary forms are those of each type's send function.
 */

/**
 * - `text`: any text, in both formats the same bytes; another text may stand in its place.
 * - `number`: digits that may be a card's or a telephone's.
 * - `plain`: too short or too regular to hold more than itself.
 * - `address`: of a network.
 * - `opaque`: its text can be read, its binary form can't; nothing but NULL can stand in its place.
 */
export type ValueFamily =
  | "address"
  | "array"
  | "bytes"
  | "json"
  | "jsonb"
  | "number"
  | "opaque"
  | "plain"
  | "record"
  | "text"
  | "xml";

export interface ValueType {
  /** As PostgreSQL calls it. */
  readonly name: string;
  readonly family: ValueFamily;
  /** What an array is a list of; 0 where it is none. */
  readonly element: number;
}

export const unknownType: ValueType = { name: "unknown", family: "opaque", element: 0 };

const families: Readonly<Record<ValueFamily, string>> = {
  text: "19 name,25 text,705 unknown,1042 bpchar,1043 varchar,1790 refcursor,2275 cstring",
  number:
    "20 int8,23 int4,26 oid,28 xid,29 cid,700 float4,701 float8,790 money,1700 numeric,5069 xid8",
  json: "114 json",
  jsonb: "3802 jsonb",
  xml: "142 xml",
  bytes: "17 bytea",
  address: "869 inet,650 cidr,829 macaddr,774 macaddr8",
  record: "2249 record",
  plain:
    "16 bool,18 char,21 int2,22 int2vector,24 regproc,27 tid,30 oidvector,600 point,601 lseg,602 path,603 box,604 polygon,628 line,718 circle,1082 date,1083 time,1114 timestamp,1184 timestamptz,1186 interval,1266 timetz,1560 bit,1562 varbit,2202 regprocedure,2203 regoper,2204 regoperator,2205 regclass,2206 regtype,2278 void,2950 uuid,2970 txid_snapshot,3220 pg_lsn,3734 regconfig,3769 regdictionary,4089 regnamespace,4096 regrole,5038 pg_snapshot,3904 int4range,3908 tsrange,3910 tstzrange,3912 daterange,4451 int4multirange,4533 tsmultirange,4534 tstzmultirange,4535 datemultirange",
  opaque:
    "194 pg_node_tree,1033 aclitem,2281 internal,3361 pg_ndistinct,3402 pg_dependencies,3614 tsvector,3615 tsquery,3906 numrange,3926 int8range,4072 jsonpath,4532 nummultirange,4536 int8multirange,5017 pg_mcv_list",
  array: "",
};

const arrays =
  "143 142,199 114,651 650,719 718,775 774,791 790,1000 16,1001 17,1002 18,1003 19,1005 21,1006 22,1007 23,1008 24,1009 25,1010 27,1011 28,1012 29,1013 30,1014 1042,1015 1043,1016 20,1017 600,1018 601,1019 602,1020 603,1021 700,1022 701,1027 604,1028 26,1034 1033,1040 829,1041 869,1115 1114,1182 1082,1183 1083,1185 1184,1187 1186,1231 1700,1263 2275,1270 1266,1561 1560,1563 1562,2201 1790,2207 2202,2210 2205,2211 2206,2287 2249,2951 2950,3221 3220,3643 3614,3645 3615,3807 3802,3905 3904,3907 3906,3909 3908,3911 3910,3913 3912,3927 3926,4073 4072,4090 4089,4097 4096,271 5069";

export const builtInTypes: ReadonlyMap<number, ValueType> = new Map<number, ValueType>([
  ...Object.entries(families).flatMap(([family, list]) =>
    pairsOf(list).map(
      ([oid, name]) => [Number(oid), { name, family: family as ValueFamily, element: 0 }] as const,
    ),
  ),
  ...pairsOf(arrays).map(
    ([oid, element]) =>
      [Number(oid), { name: "array", family: "array", element: Number(element) }] as const,
  ),
]);

function pairsOf(list: string): readonly (readonly [string, string])[] {
  if (list === "") return [];
  return list.split(",").map((pair) => {
    const [first = "", second = ""] = pair.split(" ");
    return [first, second];
  });
}

/** The built-in type whose send function a type of somebody's uses, a domain above all: then its binary form is known. */
export function typeOfSend(name: string, send: string): ValueType {
  const builtIn = typesBySend.get(send);
  return builtIn ?? { ...unknownType, name };
}

const sends =
  "text textsend,varchar varcharsend,bpchar bpcharsend,name namesend,bool boolsend,char charsend,int2 int2send,int4 int4send,int8 int8send,oid oidsend,float4 float4send,float8 float8send,money cash_send,numeric numeric_send,date date_send,time time_send,timetz timetz_send,timestamp timestamp_send,timestamptz timestamptz_send,interval interval_send,uuid uuid_send,bytea byteasend,json json_send,jsonb jsonb_send,xml xml_send,inet inet_send,cidr cidr_send,record record_send";

const typesBySend: ReadonlyMap<string, ValueType> = new Map([
  ...pairsOf(sends).map(([name, send]) => [send, builtInNamed(name)] as const),
  ["citextsend", { name: "text", family: "text", element: 0 }] as const,
  // Labels are words of the schema, not of its data.
  ["enum_send", { name: "enum", family: "plain", element: 0 }] as const,
]);

function builtInNamed(name: string): ValueType {
  return [...builtInTypes.values()].find((type) => type.name === name) ?? unknownType;
}
