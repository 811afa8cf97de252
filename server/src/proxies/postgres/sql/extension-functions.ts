/**
 * Functions of well-known extensions that a read may call: in every overload they compute from their arguments, or look at no
 * more than what anybody may read.
 *
 * A list of names, not of what to keep out, each with the library whose code it is. That a name stands for that code in a
 * database is the catalogue's to tell: only a superuser can make a function of a library. Missing are those that decrypt, set
 * something, run a text, or are written in a language in which others can write them too.
 */

/** The library of the extension whose function this is, as `pg_proc.probin` names it; null where nobody vouches for the name. */
export function libraryOf(name: string): string | null {
  return libraries.get(name) ?? null;
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}

export const extensionFunctions = {
  "$libdir/_int": words("icount idx sort sort_asc sort_desc subarray uniq"),
  "$libdir/cube": words(`
    cube cube_dim cube_distance cube_enlarge cube_inter cube_is_point cube_ll_coord cube_size
    cube_subset cube_union cube_ur_coord
  `),
  "$libdir/fuzzystrmatch": words(`
    daitch_mokotoff difference dmetaphone dmetaphone_alt levenshtein levenshtein_less_equal
    metaphone soundex text_soundex
  `),
  "$libdir/hstore": words(`
    akeys avals defined each hstore hstore_to_array hstore_to_json hstore_to_json_loose
    hstore_to_jsonb hstore_to_jsonb_loose hstore_to_matrix isdefined isexists skeys slice
    slice_array svals
  `),
  "$libdir/ltree": words("index lca ltree2text nlevel subltree subpath text2ltree"),
  "$libdir/pg_trgm": words(
    "show_limit show_trgm similarity strict_word_similarity word_similarity",
  ),
  "$libdir/pgcrypto": words("crypt digest gen_random_bytes gen_salt hmac"),
  "$libdir/postgis-3": words(`
    geometrytype st_3dclosestpoint st_3ddistance st_3ddwithin st_3dintersects st_3dlength
    st_3dmaxdistance st_3dperimeter st_3dshortestline st_addpoint st_area st_asbinary st_asewkb
    st_asewkt st_asgeojson st_ashexewkb st_assvg st_astext st_astwkb st_azimuth st_boundary
    st_buildarea st_centroid st_closestpoint st_collect st_collectionextract st_contains
    st_containsproperly st_convexhull st_coorddim st_coveredby st_covers st_crosses st_dimension
    st_disjoint st_distance st_dump st_dumppoints st_dumprings st_dwithin st_endpoint st_envelope
    st_equals st_expand st_exteriorring st_flipcoordinates st_force2d st_frechetdistance st_geohash
    st_geometricmedian st_geometryfromtext st_geometryn st_geometrytype st_geomfromewkb
    st_geomfromewkt st_geomfromtext st_hausdorffdistance st_hexagon st_hexagongrid st_interiorringn
    st_intersection st_intersects st_isclosed st_iscollection st_isempty st_isring st_issimple
    st_length st_length2d st_lineinterpolatepoint st_linelocatepoint st_linemerge st_linesubstring
    st_m st_makeenvelope st_makeline st_makepoint st_makepolygon st_makevalid st_multi st_ndims
    st_node st_normalize st_npoints st_numgeometries st_numinteriorrings st_numpoints
    st_offsetcurve st_overlaps st_perimeter st_point st_pointn st_pointonsurface st_points
    st_polygonize st_project st_relate st_removepoint st_reverse st_segmentize st_setpoint
    st_setsrid st_shortestline st_simplify st_simplifypreservetopology st_snap st_split st_square
    st_squaregrid st_srid st_startpoint st_subdivide st_symdifference st_tileenvelope st_touches
    st_unaryunion st_union st_within st_x st_xmax st_xmin st_y st_ymax st_ymin st_z
  `),
  "$libdir/unaccent": words("unaccent"),
  "$libdir/uuid-ossp": words(`
    uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5
    uuid_nil uuid_ns_dns uuid_ns_oid uuid_ns_url uuid_ns_x500
  `),
  "$libdir/vector": words(`
    binary_quantize cosine_distance hamming_distance inner_product jaccard_distance l1_distance
    l2_distance l2_norm l2_normalize subvector vector_dims vector_norm
  `),
} as const;

const libraries: ReadonlyMap<string, string> = new Map(
  Object.entries(extensionFunctions).flatMap(([library, names]) =>
    names.map((name) => [name, library] as const),
  ),
);

export const extensionFunctionNames: readonly string[] = [...libraries.keys()];
