-- How surely whoever redeems the link, or holds the session, is the person. `idle_until` is null where only
-- the absolute limit counts.
ALTER TABLE sign_in_links ADD COLUMN assurance TEXT NOT NULL DEFAULT 'session';
ALTER TABLE sign_in_sessions ADD COLUMN assurance TEXT NOT NULL DEFAULT 'session';
ALTER TABLE sign_in_sessions ADD COLUMN idle_until INTEGER;
ALTER TABLE sign_in_sessions ADD COLUMN ends_at INTEGER
  GENERATED ALWAYS AS (min(expires_at, ifnull(idle_until, expires_at))) VIRTUAL;

CREATE INDEX sign_in_links_by_end ON sign_in_links (expires_at);
CREATE INDEX sign_in_sessions_by_end ON sign_in_sessions (ends_at);
