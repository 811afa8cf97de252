"""psqlODBC through pyodbc: its catalogue, and reads by its ways to execute, with and without autocommit."""
import os
import sys

import pyodbc


def show(name, value):
    print(f"{name}: {value}")


def connect(more="", autocommit=False):
    e = os.environ
    parts = f"SERVER={e['PGHOST']};PORT={e['PGPORT']};DATABASE={e['PGDATABASE']};UID={e['PGUSER']};PWD={e['PGPASSWORD']}"
    driver = "DRIVER={PostgreSQL Unicode};SSLMode=prefer"
    return pyodbc.connect(f"{driver};{parts};{more}", autocommit=autocommit)


def failing(connection, sql):
    try:
        connection.execute(sql)
        return "ran"
    except pyodbc.Error as error:
        return error.args[0]


def reads():
    ways = ["", "UseDeclareFetch=1;Fetch=7", "UseServerSidePrepare=0", "Protocol=7.4-0", "Protocol=7.4-1"]
    for way in ways:
        for autocommit in (False, True):
            show("way", (way, autocommit))
            c = connect(way, autocommit)
            cursor = c.cursor()
            show("tables", sorted(row.table_name for row in cursor.tables(schema="public")))
            show("columns", [tuple(row)[2:11] for row in cursor.columns(table="things")])
            show("keys", [row.column_name for row in cursor.primaryKeys(table="things")])
            keys = cursor.foreignKeys(foreignTable="things").fetchall()
            show("foreign keys", [(row.pktable_name, row.fkcolumn_name) for row in keys])
            show("indexes", [row.index_name for row in cursor.statistics(table="things")])
            show("procedures", sorted(row.procedure_name for row in cursor.procedures(schema="public")))
            show("types", len(cursor.getTypeInfo().fetchall()))
            count = "select count(*), sum(price) from things where owner_id = ?"
            show("count", cursor.execute(count, 1).fetchall())
            rows = "select id, name, price, tags, raw, day, code, is_new, big, ratio from things order by id"
            show("rows", cursor.execute(rows).fetchmany(20))
            for name in ("ada", "bob"):
                show("prepared", cursor.execute("select id from owners where name = ?", name).fetchall())
            # Its cursors are WITH HOLD, of which a view's query could not be locked.
            if not way.startswith("UseDeclareFetch"):
                show("view", cursor.execute("select * from cheap_things order by id").fetchall())
                show("missing", failing(c, "select * from nowhere"))
                if way.startswith("Protocol") and not autocommit:
                    c.rollback()
            show("after", cursor.execute("select count(*) from owners").fetchall())
            c.close()


def writes():
    c = connect(autocommit=True)
    update = "update tallies set n = n + 1 where name = ?"
    show("held", c.execute(update, "single").rowcount)
    c.autocommit = False
    c.execute(update, "transaction")
    c.commit()
    c.execute(update, "rolled back")
    c.rollback()
    c.cursor().executemany(update, [("batch",), ("batch",)])
    c.commit()
    c.autocommit = True
    show("denied", failing(c, "drop table tallies"))
    show("after", c.execute("select n from tallies where name = 'single'").fetchall())


reads() if sys.argv[1] == "reads" else writes()
