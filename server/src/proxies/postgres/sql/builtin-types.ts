/**
 * The types that are built in, in PostgreSQL 14 to 18. A type that is not here is one that somebody has made, also where the
 * catalogue does not know of it yet: reading one of its constants may run a check of theirs.
 */
import { partsOfName } from "#/core/dotted-name.ts";

/** Of its schema, or of none: the system's come first wherever the search path does not say otherwise. */
export function isBuiltinType(dottedName: string): boolean {
  const parts = partsOfName(dottedName);
  const name = parts.at(-1) ?? "";
  if (parts.length > 2) return false;
  if (parts.length === 2 && parts[0] === "information_schema") return informationTypes.has(name);
  if (parts.length === 2 && parts[0] !== "pg_catalog") return false;
  return builtinTypes.has(name.startsWith("_") ? name.slice(1) : name);
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

export const builtinTypes = words(`
  aclitem any anyarray anycompatible anycompatiblearray anycompatiblemultirange
  anycompatiblenonarray anycompatiblerange anyelement anyenum anymultirange anynonarray anyrange
  bit bool box bpchar bytea char cid cidr circle cstring date datemultirange daterange
  event_trigger fdw_handler float4 float8 gtsvector index_am_handler inet int2 int2vector int4
  int4multirange int4range int8 int8multirange int8range internal interval json jsonb jsonpath
  language_handler line lseg macaddr macaddr8 money name numeric nummultirange numrange oid
  oidvector path pg_brin_bloom_summary pg_brin_minmax_multi_summary pg_ddl_command
  pg_dependencies pg_lsn pg_mcv_list pg_ndistinct pg_node_tree pg_snapshot point polygon record
  refcursor regclass regcollation regconfig regdictionary regnamespace regoper regoperator
  regproc regprocedure regrole regtype table_am_handler text tid time timestamp timestamptz
  timetz trigger tsm_handler tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector
  txid_snapshot unknown uuid varbit varchar void xid xid8 xml
`);

const informationTypes = words(
  "cardinal_number character_data sql_identifier time_stamp yes_or_no",
);
