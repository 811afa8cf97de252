"""SQLAlchemy, over psycopg 3, psycopg2 and asyncpg: connecting, the whole inspector, reflection, streaming, the ORM."""

import asyncio
import os
import sys
import warnings

from sqlalchemy import MetaData, create_engine, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

warnings.simplefilter("ignore")


def show(step, value):
    print(step, repr(value), flush=True)


def url(driver):
    e = os.environ
    return URL.create(f"postgresql+{driver}", e["PGUSER"], e["PGPASSWORD"], e["PGHOST"], int(e["PGPORT"]), e["PGDATABASE"])


def browse(connection):
    i = inspect(connection)
    show("schemas", i.get_schema_names())
    show("tables", i.get_table_names())
    show("views", (i.get_view_names(), i.get_materialized_view_names(), i.get_temp_table_names()))
    show("sequences", i.get_sequence_names())
    show("enums", i.get_enums())
    show("domains", i.get_domains())
    for table in i.get_table_names():
        show(table, [(c["name"], str(c["type"]), c["default"]) for c in i.get_columns(table)])
        show("keys", (i.get_pk_constraint(table), i.get_foreign_keys(table), i.get_unique_constraints(table)))
        show("indexes", (i.get_indexes(table), i.get_check_constraints(table), i.get_table_comment(table)))
        show("options", i.get_table_options(table))
    show("view", i.get_view_definition("cheap_things"))
    show("exists", (i.has_table("things"), i.has_table("nothing"), i.has_sequence("tickets"), i.has_schema("x")))
    show("system", len(i.get_table_names(schema="information_schema")) + len(i.get_table_names(schema="pg_catalog")))
    metadata = MetaData()
    metadata.reflect(connection, views=True)
    show("reflected", sorted(metadata.tables))
    return metadata


def reads(driver):
    engine = create_engine(url(driver))
    with engine.connect() as connection:
        show("server", connection.dialect.server_version_info[:1])
        metadata = browse(connection)
        things = metadata.tables["things"]
        query = select(things.c.id, things.c.name, things.c.tags, things.c.data, things.c.seen_at).order_by(things.c.id)
        show("rows", connection.execute(query.limit(4)).fetchall())
        show("in", connection.execute(query.where(things.c.id.in_([1, 5]))).fetchall())
        streamed = connection.execute(query.execution_options(stream_results=True, max_row_buffer=7))
        show("streamed", len(streamed.fetchall()))
        try:
            with connection.begin_nested():
                connection.execute(text("select nothing from nowhere"))
        except ProgrammingError:
            show("error", "in a savepoint")
        show("after", connection.execute(text("select 1")).scalar())
    for level in ("AUTOCOMMIT", "REPEATABLE READ", "SERIALIZABLE"):
        with engine.connect().execution_options(isolation_level=level) as connection:
            show(level, connection.execute(text("select count(*) from things")).scalar())
    with engine.connect().execution_options(postgresql_readonly=True, postgresql_deferrable=True) as connection:
        show("read only", connection.execute(text("select count(*) from things")).scalar())
    engine.dispose()
    pinged = create_engine(url(driver), pool_pre_ping=True)
    for _ in range(2):
        with pinged.connect() as connection:
            show("pinged", connection.execute(text("select 1")).scalar())
    pinged.dispose()


async def reads_async():
    engine = create_async_engine(url("asyncpg"))
    async with engine.connect() as connection:
        metadata = await connection.run_sync(browse)
        things = metadata.tables["things"]
        show("rows", (await connection.execute(select(things.c.id, things.c.data).where(things.c.id < 3).order_by(things.c.id))).fetchall())
        result = await connection.stream(select(things.c.id))
        show("streamed", len([row async for row in result]))
    await engine.dispose()


def writes():
    engine = create_engine(url("psycopg"))
    update = text("update tallies set n = n + 1 where name = :name")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        show("held", connection.execute(update, {"name": "single"}).rowcount)
    with engine.begin() as connection:
        connection.execute(update, {"name": "transaction"})
    with engine.connect() as connection:
        connection.execute(update, {"name": "rolled back"})
        connection.rollback()
    with engine.begin() as connection:
        connection.execute(update, [{"name": "batch"}, {"name": "batch"}])
    with engine.connect() as connection:
        try:
            connection.execute(text("drop table tallies"))
        except DBAPIError as error:
            show("denied", error.orig.sqlstate)
        connection.rollback()
        show("after", connection.execute(text("select n from tallies where name = 'single'")).scalar())
    engine.dispose()


if sys.argv[1] == "reads":
    reads("psycopg")
    reads("psycopg2")
    asyncio.run(reads_async())
else:
    writes()
