"""asyncpg: its own type loading, prepared statements, cursors and COPY."""

import asyncio
import datetime
import sys

import asyncpg

def show(step, value):
    print(step, repr(value), flush=True)

async def reads():
    c = await asyncpg.connect()
    show("version", c.get_server_version()[:2])
    show("rows", [tuple(row) for row in await c.fetch("select id, name, mood from owners order by id")])
    show("types", tuple(await c.fetchrow(
        "select tags, data, place, seen_at, day, code, raw, big, ratio, is_new, span, price, amount from things where id = $1", 7)))
    statement = await c.prepare("select price, place from things where id = $1")
    show("prepared", [tuple(await statement.fetchrow(number)) for number in range(1, 6)])
    show("attributes", [attribute.name for attribute in statement.get_attributes()])
    show("array in", [row[0] for row in await c.fetch("select id from things where id = any($1::int[]) order by 1", [1, 2])])
    show("moods", await c.fetchval("select array_agg(distinct mood order by mood) from owners"))
    await c.set_type_codec("jsonb", encoder=str, decoder=len, schema="pg_catalog")
    show("codec", await c.fetchval("select data from things where id = 1"))
    async with c.transaction(readonly=True, isolation="serializable"):
        show("cursor", [row[0] async for row in c.cursor("select id from things order by id", prefetch=7)])
        cursor = await c.cursor("select id from things order by id")
        show("fetch", [row[0] for row in await cursor.fetch(3)])
        show("forward", await cursor.forward(2))
    try:
        await c.fetch("select nothing from nowhere")
    except asyncpg.PostgresError as error:
        show("error", error.sqlstate)
    async with c.transaction():
        try:
            async with c.transaction():
                await c.fetch("select 1 / 0")
        except asyncpg.PostgresError as error:
            show("error in a savepoint", error.sqlstate)
        show("after the savepoint", await c.fetchval("select 1"))
    show("many", await c.executemany("select $1::int", [(1,), (2,), (3,)]))
    show("script", await c.execute("select 1; select 2"))
    received = bytearray()

    async def keep(data):
        received.extend(data)

    await c.copy_from_query("select id from things order by id limit 3", output=keep)
    show("copy out", bytes(received))

    await c.add_listener("news", print)
    await c.reset()
    await c.reload_schema_state()
    show("after the reset", await c.fetchval("select 1"))
    await c.close()
    pool = await asyncpg.create_pool(min_size=2, max_size=2)
    show("pool", sorted(await asyncio.gather(*(pool.fetchval("select $1::int", number) for number in range(6)))))
    await pool.close()

async def writes():
    c = await asyncpg.connect()
    update = "update tallies set n = n + 1 where name = $1"
    show("held", await c.execute(update, "single"))
    async with c.transaction():
        await c.execute(update, "transaction")
    transaction = c.transaction()
    await transaction.start()
    await c.execute(update, "rolled back")
    await transaction.rollback()
    await c.executemany(update, [("batch",), ("batch",)])
    show("copied", await c.copy_records_to_table("copied", records=[
        (1, "one", datetime.date(2026, 1, 2)),
        (2, None, datetime.date(2026, 1, 3)),
        (3, "a\ttab", datetime.date(2026, 1, 4)),
    ]))
    try:
        await c.execute("drop table tallies")
    except asyncpg.PostgresError as error:
        show("denied", error.sqlstate)
    show("after", await c.fetchval("select n from tallies where name = $1", "single"))
    await c.close()

asyncio.run(reads() if sys.argv[1] == "reads" else writes())
