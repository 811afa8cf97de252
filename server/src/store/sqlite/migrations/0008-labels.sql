-- What sessions have read, one document of each, sealed: a tool's name may be an agent's own words.
CREATE TABLE session_labels (
  scope TEXT PRIMARY KEY,
  kept_at INTEGER NOT NULL,
  document BLOB NOT NULL
) STRICT;
CREATE INDEX session_labels_by_age ON session_labels (kept_at);
