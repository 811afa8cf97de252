-- Definitions of tools that are held fast, each with what its server has come to say instead.
CREATE TABLE tools (
  connection TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (connection, name)
) STRICT;
