"""pgAdmin 4 without its browser: its own web application, asked for what its pages ask for.

Everything that its tree shows is opened, down to columns and constraints, each with its properties, its SQL, its
statistics and what it depends on; and a query runs in its query tool. It writes nothing by itself but by that tool.
"""

import builtins
import json
import os
import re
import sys
import tempfile

data = tempfile.mkdtemp(prefix="pgadmin-")
builtins.SERVER_MODE = False
import pgadmin4  # noqa: E402

root = os.path.dirname(pgadmin4.__file__) if pgadmin4.__file__ else list(pgadmin4.__path__)[0]
sys.path.insert(0, root)
os.chdir(root)
import config  # noqa: E402

config.SERVER_MODE = False
config.DATA_DIR = data
for name in ("SQLITE_PATH", "LOG_FILE", "SESSION_DB_PATH", "STORAGE_DIR", "TEST_SQLITE_PATH"):
    setattr(config, name, os.path.join(data, name.lower()))
for name in ("AZURE_CREDENTIAL_CACHE_DIR", "KERBEROS_CCACHE_DIR"):
    setattr(config, name, os.path.join(data, name.lower()))
config.MASTER_PASSWORD_REQUIRED = False
config.USE_OS_SECRET_STORAGE = False
config.UPGRADE_CHECK_ENABLED = False
config.CONSOLE_LOG_LEVEL = 60
config.FILE_LOG_LEVEL = 60

from pgadmin import create_app  # noqa: E402

app = create_app()
app.PGADMIN_INT_KEY = ""
app.PGADMIN_RUNTIME = False
app.config["WTF_CSRF_ENABLED"] = False
with app.test_request_context():
    app.run_before_app_start()
client = app.test_client()

# What stands under what. Each is listed, and of each kind so many are opened.
TREE = {
    "database": [
        "cast", "event_trigger", "extension", "foreign_data_wrapper", "language", "publication",
        "subscription", "catalog", "schema",
    ],
    "schema": [
        "aggregate", "collation", "domain", "foreign_table", "fts_configuration", "fts_dictionary",
        "fts_parser", "fts_template", "function", "trigger_function", "procedure", "operator",
        "sequence", "table", "type", "view", "mview",
    ],
    "domain": ["domain_constraints"],
    "table": [
        "column", "index", "check_constraint", "exclusion_constraint", "foreign_key", "primary_key",
        "unique_constraint", "partition", "row_security_policy", "rule", "trigger",
    ],
    "catalog": ["function", "table", "view"],
}
OPENED = {"table": 8, "column": 20, "catalog": 1}
OPENED_ELSE = 3
# Of each that is opened: what its tabs and its context menu read.
TABS = [
    "nodes", "obj", "properties", "sql", "stats", "dependency", "dependent", "children",
    "get_relations", "get_columns", "select_sql", "insert_sql", "update_sql", "delete_sql", "exec_sql",
    "count_rows", "get_types", "get_collations", "get_indices", "vacuum",
]
# Told by the server as of now, or made up anew for each connection.
PASSING = re.compile(
    r'"(sid|_sid|_pid|id|user_id|server_id|last_\w+|\w*_age|size|total_\w*|n_\w+|seq_\w+|idx_\w+|heap_\w+'
    r'|toast_\w+|tidx_\w+|xact_\w+|blks_\w+|tup_\w+)": ("[^"]*"|[^,\]}]*)'
)

rules = {str(rule) for rule in app.url_map.iter_rules() if "GET" in rule.methods}
answered = 0


def shape(path):
    return re.sub(r"<[^>]*>", "<>", path)


known = {shape(rule) for rule in rules}


def ask(path):
    """The answer, as far as it is the same each time."""
    global answered
    try:
        answer = client.get(path)
    except TypeError as error:
        # Some of its own views answer nothing where nothing is there.
        print(path.replace(f"/{server}/", "/server/"), error)
        return None
    if answer.status_code == 404:
        return None
    answered += 1
    body = answer.get_json(silent=True)
    text = json.dumps(body, sort_keys=True, default=str) if body is not None else answer.get_data(as_text=True)
    if "/stats/" in path or "/tablespace/dependent/" in path:
        # Counters, and a list without an order.
        text = "answered"
    text = PASSING.sub(r'"\1": "-"', text)
    print(path.replace(f"/{server}/", "/server/"), answer.status_code, text)
    return body


def open_kind(kind, above):
    listing = "/browser/%s/nodes/%s/" % (kind, "/".join(map(str, above)))
    body = ask(listing)
    ask("/browser/%s/obj/%s/" % (kind, "/".join(map(str, above))))
    items = (body or {}).get("data") or []
    if isinstance(items, dict):
        items = [items]
    for item in items[: OPENED.get(kind, OPENED_ELSE)]:
        own = above + [item["_id"]]
        for tab in TABS:
            path = "/browser/%s/%s/%s" % (kind, tab, "/".join(map(str, own)))
            generic = "/browser/%s/%s/%s" % (kind, tab, "/".join("<>" for _ in own))
            if generic in known:
                ask(path)
        for below in TREE.get(kind, []):
            open_kind(below, own)


def query(sql, transaction):
    """As the query tool does it, up to the rows that it shows. Its tab stays open: closing it cancels by SQL."""
    start = f"/sqleditor/initialize/sqleditor/{transaction}/{group}/{server}/{database}"
    opened = client.post(start, json={"dbname": name})
    print(opened.status_code)
    begun = client.post(f"/sqleditor/query_tool/start/{transaction}", json={"sql": sql, "explain_plan": None})
    state = begun.get_json()
    while True:
        polled = client.get(f"/sqleditor/poll/{transaction}").get_json()
        if (polled.get("data") or {}).get("status") != "Busy":
            break
    data = polled.get("data") or {}
    return data.get("result"), state.get("success")


def sign_in():
    reply = client.post(
        f"/browser/server/obj/{group}/",
        json={
            "name": "there",
            "host": os.environ["PGHOST"],
            "port": int(os.environ["PGPORT"]),
            "username": os.environ["PGUSER"],
            "db": name,
            "password": os.environ["PGPASSWORD"],
            "connect_now": False,
            "connection_params": [{"name": "sslmode", "keyword": "sslmode", "value": "disable"}],
        },
    ).get_json()
    assert "node" in reply, reply
    made = reply["node"]["_id"]
    connected = client.post(
        f"/browser/server/connect/{group}/{made}", data={"password": os.environ["PGPASSWORD"]}
    ).get_json()
    assert connected["success"] == 1, connected
    return made


group = 1
name = os.environ["PGDATABASE"]
server = "none"
client.get("/browser/")
server = sign_in()
for kind in ("role", "tablespace"):
    open_kind(kind, [group, server])
listed = ask(f"/browser/database/nodes/{group}/{server}/")
database = next(each["_id"] for each in listed["data"] if each["label"] == name)
connected = client.post(f"/browser/database/connect/{group}/{server}/{database}").get_json()
assert connected["success"] == 1, connected
for tab in TABS:
    if "/browser/database/%s/<>/<>/<>" % tab in known:
        ask(f"/browser/database/{tab}/{group}/{server}/{database}")
for kind in TREE["database"]:
    open_kind(kind, [group, server, database])
for panel in ("activity", "locks", "prepared"):
    # What they show is of the moment; that they can be had is the matter.
    print(panel, client.get(f"/dashboard/{panel}/{server}/{database}").status_code)
print(query("select id, name, price, tags, data from things order by id", 1_000_000))
print(query("explain select count(*) from things", 1_000_001))
assert answered > 100, answered
