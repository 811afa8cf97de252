-- The number of the last frame of the journal whose records are in the log: written in the same commit as they
-- are, so that a frame is ingested exactly once.
ALTER TABLE head ADD COLUMN ingested INTEGER NOT NULL DEFAULT 0;

-- What the key of a segment's present life is derived with, in hex. Overwritten when all of the segment is
-- ingested, which makes what it held unreadable.
CREATE TABLE journal_segments (
  segment INTEGER PRIMARY KEY,
  salt TEXT NOT NULL
) STRICT;
