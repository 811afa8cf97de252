-- Everything that a reader of the log may trust is in the leaf itself; the other columns of `records` are
-- hashes, which anybody can compute again, or generated from the leaf, so that none of them can drift.
CREATE TABLE records (
  idx INTEGER PRIMARY KEY,
  leaf TEXT NOT NULL,
  leaf_hash BLOB NOT NULL,
  -- The nodes of the tree that this leaf completes, from level 1 up, 32 bytes each. So the tree grows at the
  -- end of this one table: a table of nodes would be written in as many places as the tree has levels.
  nodes BLOB NOT NULL,
  type TEXT GENERATED ALWAYS AS (leaf ->> '$.type') VIRTUAL,
  action TEXT GENERATED ALWAYS AS (leaf ->> '$.action') VIRTUAL,
  review TEXT GENERATED ALWAYS AS (leaf ->> '$.review') VIRTUAL
) STRICT;

CREATE INDEX records_by_action ON records (action) WHERE action IS NOT NULL;

-- Found by the index of its record. An index by commitment, which is random, would write a page of its own
-- for nearly every record.
CREATE TABLE payloads (
  idx INTEGER PRIMARY KEY,
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE head (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  size INTEGER NOT NULL,
  checkpoint TEXT NOT NULL,
  -- The number of the latest change of a review.
  changed INTEGER NOT NULL
) STRICT;

-- The document is sealed; in clear stands only what is searched for.
CREATE TABLE reviews (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL,
  state TEXT NOT NULL,
  join_key TEXT NOT NULL,
  principal TEXT NOT NULL,
  attached INTEGER NOT NULL,
  execution TEXT,
  opened_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  valid_until INTEGER,
  changed INTEGER NOT NULL,
  document BLOB NOT NULL,
  due_at INTEGER GENERATED ALWAYS AS (
    CASE
      WHEN state = 'pending' THEN expires_at
      WHEN state = 'approved' AND execution IS NULL THEN valid_until
    END
  ) VIRTUAL
) STRICT;

CREATE UNIQUE INDEX reviews_by_change ON reviews (changed);
CREATE INDEX reviews_by_opening ON reviews (opened_at, id);
CREATE INDEX reviews_by_state ON reviews (state, opened_at, id);
CREATE INDEX reviews_pending ON reviews (principal) WHERE state = 'pending';
CREATE INDEX reviews_detached ON reviews (join_key)
  WHERE attached = 0 AND execution IS NULL AND state IN ('pending', 'approved');
CREATE INDEX reviews_due ON reviews (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX reviews_unsettled ON reviews (id)
  WHERE attached = 1 OR execution IN ('claimed', 'executed_uncommitted');

CREATE TABLE pending_executions (
  action TEXT PRIMARY KEY,
  began_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
  name TEXT PRIMARY KEY,
  owner TEXT,
  scram_verifier TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE persons (
  id TEXT PRIMARY KEY,
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in_links (
  hash TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE sign_in_sessions (
  hash TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
