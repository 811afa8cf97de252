"""What every client's program does, and how it tells of it: one line of JSON for each thing that it heard."""

import json

CALLS = [
    ("read_notes", {"customer": "dana"}),
    ("add_note", {"customer": "dana", "note": "prefers coffee"}),
    ("delete_customer", {"customer": "dana"}),
]


def tell(what, heard):
    print(json.dumps([what, heard]), flush=True)
