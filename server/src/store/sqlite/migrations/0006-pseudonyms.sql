-- What pseudonyms of a session stand for. The key is sealed, and the values under it; it goes when the lifetime ends, and then they
-- can't be read. How far each kind was counted stays, so that no pseudonym of a scope ever stands for two values.
CREATE TABLE pseudonym_vaults (
  scope TEXT PRIMARY KEY,
  expires_at INTEGER NOT NULL,
  key BLOB,
  counts TEXT NOT NULL
) STRICT;

CREATE INDEX pseudonym_vaults_by_end ON pseudonym_vaults (expires_at) WHERE key IS NOT NULL;

CREATE TABLE pseudonyms (
  scope TEXT NOT NULL,
  at INTEGER NOT NULL,
  sealed TEXT NOT NULL,
  PRIMARY KEY (scope, at)
) STRICT, WITHOUT ROWID;
