"""psycopg 3: reads and writes as its users write them. Prints one line for each step."""

import datetime
import sys
import warnings

import psycopg
from psycopg.types.enum import EnumInfo
from psycopg.types.composite import CompositeInfo

warnings.simplefilter("ignore")


def show(step, value):
    print(step, repr(value), flush=True)


def reads():
    with psycopg.connect(autocommit=True) as c:
        show("encoding", c.info.encoding)
        show("one", c.execute("select id, name from owners order by id").fetchall())
        show("parameters", c.execute("select name from things where id = %s and name <> %s", (3, "x")).fetchall())
        for number in range(1, 9):
            show("prepared", c.execute("select price from things where id = %s", (number,), prepare=True).fetchone())
        show("types", c.execute(
            "select tags, data, seen_at, day, code, raw, big, ratio, is_new, span, price from things where id = 7"
        ).fetchone())
        with c.cursor(binary=True) as cursor:
            show("binary", cursor.execute(
                "select tags, data, seen_at, code, raw, big, ratio, span, price from things where id = 8"
            ).fetchone())
        mood = EnumInfo.fetch(c, "mood")
        show("enum", mood.labels)
        place = CompositeInfo.fetch(c, "place")
        show("composite", (place.field_names, place.field_types))
        show("array in", c.execute("select id from things where id = any(%s) order by 1", ([1, 2, 3],)).fetchall())
        try:
            c.execute("select nothing from nowhere")
        except psycopg.Error as error:
            show("error", error.sqlstate)
        show("after the error", c.execute("select 1").fetchone())
        with c.pipeline():
            cursors = [c.execute("select %s::int", (number,)) for number in range(5)]
            show("pipeline", [cursor.fetchone() for cursor in cursors])
        try:
            with c.pipeline():
                c.execute("select 1 / 0")
                c.execute("select 2")
        except psycopg.Error as error:
            show("error in a pipeline", error.sqlstate)
        with c.cursor().copy("copy (select id, name from things order by id limit 3) to stdout") as copy:
            show("copy out", list(copy.rows()))
        cursor = c.cursor()
        cursor.executemany("select %s::int", [(1,), (2,)], returning=True)
        show("executemany", cursor.fetchall())
    with psycopg.connect() as c:
        with c.cursor(name="walk") as walk:
            walk.execute("select id from things order by id")
            show("server cursor", (walk.fetchmany(3), walk.fetchmany(3)))
        with c.cursor(name="scrolling", scrollable=True, withhold=False) as walk:
            walk.execute("select id from things order by id")
            walk.scroll(10)
            show("scroll", walk.fetchone())
        try:
            with c.transaction():
                c.execute("select 1 / 0")
        except psycopg.Error as error:
            show("error in a savepoint", error.sqlstate)
        show("after the savepoint", c.execute("select 1").fetchone())
        c.rollback()
        c.read_only = True
        c.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        show("read only", c.execute("select count(*) from things").fetchone())
    with psycopg.connect(autocommit=True) as c:
        with c.cursor() as cursor:
            show("stream", [row[0] for row in cursor.stream("select id from things order by id limit 5")])


rows = [
    (1, "one", datetime.date(2026, 1, 2)),
    (2, None, datetime.date(2026, 1, 3)),
    (3, "a\ttab", datetime.date(2026, 1, 4)),
]


def writes():
    with psycopg.connect(autocommit=True) as c:
        cursor = c.execute("update tallies set n = n + 1 where name = %s", ("single",))
        show("held", cursor.rowcount)
        with c.transaction():
            c.execute("update tallies set n = n + 1 where name = %s", ("transaction",))
        try:
            with c.transaction():
                c.execute("update tallies set n = n + 1 where name = %s", ("rolled back",))
                raise psycopg.Rollback()
        except psycopg.Rollback:
            pass
        with c.pipeline():
            for _ in range(2):
                c.execute("update tallies set n = n + 1 where name = %s", ("batch",))
        with c.cursor().copy("copy copied (id, name, at) from stdin (format binary)") as copy:
            copy.set_types(["int4", "text", "date"])
            for row in rows:
                copy.write_row(row)
        try:
            c.execute("drop table tallies")
        except psycopg.Error as error:
            show("denied", error.sqlstate)
        show("after", c.execute("select n from tallies where name = %s", ("single",)).fetchone())


reads() if sys.argv[1] == "reads" else writes()
