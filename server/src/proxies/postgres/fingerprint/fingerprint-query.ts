/** The one question by which a session is told what a command means there. */

/**
 * Every name is written with its schema, because the session's search path is the agent's to choose. All
 * relations and functions of a name are covered, in whatever schema, so that a new one that would be found
 * first counts as a change. With a relation count its children, what follows its rows by foreign keys, and what its views
 * and rules read and write; with each of these its columns, defaults, constraints, rules, triggers and row policies, and
 * the functions that any of them call. `xmin` is the version of a catalogue's row.
 *
 * Types that users made count where a column, a parameter, a function or the text has them, with those that they are
 * made of, their domains' checks, labels and fields, and their casts and operators.
 *
 * Operators that users made count by their functions, where the text has their signs or something of the above leans on
 * them; foreign tables with their servers; event triggers always, because any definition fires them.
 *
 * Settings of somebody's own count by their values, where what is reached asks for one by its name: row policies, defaults,
 * views and functions do, to tell who is meant. Their texts are read as they are kept, because to print one takes a lock:
 * 2077 and 3294 are `current_setting`, whose first constant is the name, behind the four bytes that tell its length.
 *
 * What a function calls in turn only its body tells, and not even that where it puts texts together. So where a function
 * that somebody made is reached, all of them count, and all triggers and rules: whatever it runs is then as it was.
 */
export const fingerprintQuery = `
with recursive leads (source, target) as materialized (
  select i.inhparent, i.inhrelid from pg_catalog.pg_inherits as i
  union all
  select k.confrelid, k.conrelid from pg_catalog.pg_constraint as k
   where k.confdeltype operator(pg_catalog.=) any ('{c,n,d}')
      or k.confupdtype operator(pg_catalog.=) any ('{c,n,d}')
  union all
  select r.ev_class, d.refobjid
    from pg_catalog.pg_rewrite as r
    join pg_catalog.pg_depend as d on d.objid operator(pg_catalog.=) r.oid
   where d.classid operator(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass
     and d.refclassid operator(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
), touched (oid) as (
  select c.oid from pg_catalog.pg_class as c
   where c.relname operator(pg_catalog.=) any ($2::pg_catalog.name[])
  union
  select l.target
    from touched as t join leads as l on l.source operator(pg_catalog.=) t.oid
), part (relation, kind, oid, xmin) as (
  select t.oid, 0, c.oid, c.xmin
    from touched as t join pg_catalog.pg_class as c on c.oid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 1, a.attnum::pg_catalog.int8::pg_catalog.oid, a.xmin
    from touched as t join pg_catalog.pg_attribute as a on a.attrelid operator(pg_catalog.=) t.oid
   where a.attnum operator(pg_catalog.>) 0
  union all
  select t.oid, 2, d.oid, d.xmin
    from touched as t join pg_catalog.pg_attrdef as d on d.adrelid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 3, r.oid, r.xmin
    from touched as t join pg_catalog.pg_rewrite as r on r.ev_class operator(pg_catalog.=) t.oid
  union all
  select t.oid, 4, g.oid, g.xmin
    from touched as t join pg_catalog.pg_trigger as g on g.tgrelid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 5, p.oid, p.xmin
    from touched as t join pg_catalog.pg_policy as p on p.polrelid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 6, k.oid, k.xmin
    from touched as t join pg_catalog.pg_constraint as k on k.conrelid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 7, k.oid, k.xmin
    from touched as t
    join pg_catalog.pg_attribute as a on a.attrelid operator(pg_catalog.=) t.oid
    join pg_catalog.pg_constraint as k on k.contypid operator(pg_catalog.=) a.atttypid
   where k.contypid operator(pg_catalog.<>) 0
  union all
  select t.oid, 8, i.indexrelid, i.xmin
    from touched as t join pg_catalog.pg_index as i on i.indrelid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 9, f.ftserver, f.xmin
    from touched as t join pg_catalog.pg_foreign_table as f on f.ftrelid operator(pg_catalog.=) t.oid
  union all
  select t.oid, 10, s.oid, s.xmin
    from touched as t
    join pg_catalog.pg_foreign_table as f on f.ftrelid operator(pg_catalog.=) t.oid
    join pg_catalog.pg_foreign_server as s on s.oid operator(pg_catalog.=) f.ftserver
  union all
  select t.oid, 11, s.oid, s.xmin
    from touched as t join pg_catalog.pg_statistic_ext as s on s.stxrelid operator(pg_catalog.=) t.oid
), typed (oid) as (
  select a.atttypid
    from touched as t join pg_catalog.pg_attribute as a on a.attrelid operator(pg_catalog.=) t.oid
  union
  select x.oid
    from pg_catalog.pg_proc as p
   cross join pg_catalog.unnest(p.proargtypes::pg_catalog.oid[] operator(pg_catalog.||) p.prorettype) as x (oid)
   where p.proname operator(pg_catalog.=) any ($3::pg_catalog.name[])
  union
  select t.oid from pg_catalog.pg_type as t
   where t.typname operator(pg_catalog.=) any ($5::pg_catalog.name[])
  union
  select x.oid from pg_catalog.unnest($6::pg_catalog.oid[]) as x (oid)
  union
  select next.oid
    from typed as u
    join pg_catalog.pg_type as t on t.oid operator(pg_catalog.=) u.oid
   cross join lateral (
     select t.typbasetype
     union all
     select t.typelem
     union all
     select r.rngsubtype from pg_catalog.pg_range as r
      where t.oid operator(pg_catalog.=) any (array[r.rngtypid, r.rngmultitypid])
     union all
     select a.atttypid from pg_catalog.pg_attribute as a
      where a.attrelid operator(pg_catalog.=) t.typrelid and t.typtype operator(pg_catalog.=) 'c'
   ) as next (oid)
   where next.oid operator(pg_catalog.>=) 16384
), made (oid, relation) as (
  select t.oid, t.typrelid
    from typed as u join pg_catalog.pg_type as t on t.oid operator(pg_catalog.=) u.oid
   where t.oid operator(pg_catalog.>=) 16384
), made_part (type, class, oid, xmin) as (
  select m.oid, 'pg_catalog.pg_type'::pg_catalog.regclass, t.oid, t.xmin
    from made as m join pg_catalog.pg_type as t on t.oid operator(pg_catalog.=) m.oid
  union all
  select m.oid, 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid, k.xmin
    from made as m join pg_catalog.pg_constraint as k on k.contypid operator(pg_catalog.=) m.oid
  union all
  select m.oid, 'pg_catalog.pg_enum'::pg_catalog.regclass, e.oid, e.xmin
    from made as m join pg_catalog.pg_enum as e on e.enumtypid operator(pg_catalog.=) m.oid
  union all
  select m.oid, 'pg_catalog.pg_attribute'::pg_catalog.regclass, a.attnum::pg_catalog.int8::pg_catalog.oid, a.xmin
    from made as m join pg_catalog.pg_attribute as a on a.attrelid operator(pg_catalog.=) m.relation
   where a.attnum operator(pg_catalog.>) 0
  union all
  select m.oid, 'pg_catalog.pg_cast'::pg_catalog.regclass, x.oid, x.xmin
    from made as m
    join pg_catalog.pg_cast as x on m.oid operator(pg_catalog.=) any (array[x.castsource, x.casttarget])
  union all
  select m.oid, 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid, o.xmin
    from made as m
    join pg_catalog.pg_operator as o on m.oid operator(pg_catalog.=) any (array[o.oprleft, o.oprright])
), class (kind, oid) as (
  values (0, 'pg_catalog.pg_class'::pg_catalog.regclass),
         (2, 'pg_catalog.pg_attrdef'::pg_catalog.regclass),
         (3, 'pg_catalog.pg_rewrite'::pg_catalog.regclass),
         (4, 'pg_catalog.pg_trigger'::pg_catalog.regclass),
         (5, 'pg_catalog.pg_policy'::pg_catalog.regclass),
         (6, 'pg_catalog.pg_constraint'::pg_catalog.regclass),
         (7, 'pg_catalog.pg_constraint'::pg_catalog.regclass),
         (8, 'pg_catalog.pg_class'::pg_catalog.regclass),
         (11, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass)
), leaned_on (class, oid) as (
  select d.refclassid, d.refobjid
    from part
    join class as c on c.kind operator(pg_catalog.=) part.kind
    join pg_catalog.pg_depend as d
      on d.classid operator(pg_catalog.=) c.oid and d.objid operator(pg_catalog.=) part.oid
  union
  select d.refclassid, d.refobjid
    from made_part as part
    join pg_catalog.pg_depend as d
      on d.classid operator(pg_catalog.=) part.class and d.objid operator(pg_catalog.=) part.oid
), called (oid, xmin) as (
  select f.oid, f.xmin
    from leaned_on as l join pg_catalog.pg_proc as f on f.oid operator(pg_catalog.=) l.oid
   where l.class operator(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
  union
  select f.oid, f.xmin
    from pg_catalog.pg_operator as o
    join pg_catalog.pg_proc as f on f.oid operator(pg_catalog.=) o.oprcode
   where o.oid operator(pg_catalog.>=) 16384
     and (o.oprname operator(pg_catalog.=) any ($7::pg_catalog.name[])
       or exists (select from leaned_on as l
                   where l.class operator(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass
                     and l.oid operator(pg_catalog.=) o.oid))
  union
  select p.oid, p.xmin from pg_catalog.pg_proc as p
   where p.proname operator(pg_catalog.=) any ($3::pg_catalog.name[])
), own (kind, oid, xmin) as (
  select 1, p.oid, p.xmin from pg_catalog.pg_proc as p
   where p.oid operator(pg_catalog.>=) 16384
     and (p.pronamespace operator(pg_catalog.=) pg_catalog.pg_my_temp_schema()
       or not pg_catalog.pg_is_other_temp_schema(p.pronamespace))
  union all
  select 2, g.oid, g.xmin
    from pg_catalog.pg_trigger as g
    join pg_catalog.pg_class as c on c.oid operator(pg_catalog.=) g.tgrelid
   where not g.tgisinternal and not pg_catalog.pg_is_other_temp_schema(c.relnamespace)
  union all
  select 3, r.oid, r.xmin
    from pg_catalog.pg_rewrite as r
    join pg_catalog.pg_class as c on c.oid operator(pg_catalog.=) r.ev_class
   where r.oid operator(pg_catalog.>=) 16384
     and not pg_catalog.pg_is_other_temp_schema(c.relnamespace)
), reached (oid) as (
  select c.oid from called as c where c.oid operator(pg_catalog.>=) 16384
  union
  select o.oid from own as o
   where o.kind operator(pg_catalog.=) 1
     and ($4::pg_catalog.bool or exists (select from called as c where c.oid operator(pg_catalog.>=) 16384))
), kept (tree) as (
  select p.polqual::pg_catalog.text
    from touched as t join pg_catalog.pg_policy as p on p.polrelid operator(pg_catalog.=) t.oid
  union all
  select p.polwithcheck::pg_catalog.text
    from touched as t join pg_catalog.pg_policy as p on p.polrelid operator(pg_catalog.=) t.oid
  union all
  select d.adbin::pg_catalog.text
    from touched as t join pg_catalog.pg_attrdef as d on d.adrelid operator(pg_catalog.=) t.oid
  union all
  select r.ev_action::pg_catalog.text operator(pg_catalog.||) r.ev_qual::pg_catalog.text
    from touched as t join pg_catalog.pg_rewrite as r on r.ev_class operator(pg_catalog.=) t.oid
  union all
  select g.tgqual::pg_catalog.text
    from touched as t join pg_catalog.pg_trigger as g on g.tgrelid operator(pg_catalog.=) t.oid
  union all
  select k.conbin::pg_catalog.text
    from touched as t join pg_catalog.pg_constraint as k on k.conrelid operator(pg_catalog.=) t.oid
  union all
  select k.conbin::pg_catalog.text
    from made as m join pg_catalog.pg_constraint as k on k.contypid operator(pg_catalog.=) m.oid
  union all
  select p.prosqlbody::pg_catalog.text
    from reached as f join pg_catalog.pg_proc as p on p.oid operator(pg_catalog.=) f.oid
), asked_for (name) as (
  select (select pg_catalog.string_agg(pg_catalog.chr(b.value::pg_catalog.int4), '' order by b.at)
            from pg_catalog.regexp_split_to_table(found.bytes[1], ' ') with ordinality as b (value, at)
           where b.at operator(pg_catalog.>) 4 and b.value operator(pg_catalog.~) '^[1-9][0-9]*$')
    from kept
   cross join lateral pg_catalog.regexp_matches(kept.tree,
      ':funcid (?:2077|3294) [^{}]*{(?:RELABELTYPE :arg {)?CONST [^{}]*:constvalue [0-9]+ \\[ ([-0-9 ]+) \\]', 'g') as found (bytes)
  union
  select found.name[1]
    from reached as f
    join pg_catalog.pg_proc as p on p.oid operator(pg_catalog.=) f.oid
   cross join lateral pg_catalog.regexp_matches(p.prosrc,
      'current_setting\\s*\\(\\s*''([^'']+)''', 'gi') as found (name)
), asked_as (name) as (
  select distinct pg_catalog.lower(a.name) from asked_for as a
   where a.name operator(pg_catalog.~) '^[A-Za-z_]\\w*(\\.\\w+)+$'
     and pg_catalog.lower(a.name) operator(pg_catalog.<>) 'countersign.reason'
)
select
  pg_catalog.format('%s', current_user),
  pg_catalog.format('%s', session_user),
  (select pg_catalog.string_agg(
            pg_catalog.format('%s=%s', s, pg_catalog.current_setting(s, true)), ',' order by s)
     from pg_catalog.unnest($1::pg_catalog.text[]) as s),
  (select pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
            pg_catalog.format('%s %s %s %s', relation, kind, oid, xmin), ';'
            order by relation, kind, oid, xmin::pg_catalog.text), 'UTF8'))
     from part),
  (select pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
            pg_catalog.format('%s %s', oid, xmin), ';' order by oid), 'UTF8'))
     from called),
  (select pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
            pg_catalog.format('%s %s %s %s', type, class::pg_catalog.oid, oid, xmin), ';'
            order by type, class::pg_catalog.oid, oid, xmin::pg_catalog.text), 'UTF8'))
     from made_part),
  (select pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
            pg_catalog.format('%s %s %s', kind, oid, xmin), ';' order by kind, oid), 'UTF8'))
     from own
    where $4::pg_catalog.bool
       or exists (select from called as c where c.oid operator(pg_catalog.>=) 16384)),
  (select pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.string_agg(
            pg_catalog.format('%s %s %s %s', e.oid, e.xmin, f.oid, f.xmin), ';' order by e.oid), 'UTF8'))
     from pg_catalog.pg_event_trigger as e
     join pg_catalog.pg_proc as f on f.oid operator(pg_catalog.=) e.evtfoid),
  (select pg_catalog.json_agg(pg_catalog.json_build_array(a.name, pg_catalog.current_setting(a.name, true))
            order by a.name)
     from asked_as as a
    where pg_catalog.current_setting(a.name, true) operator(pg_catalog.<>) '')`;
