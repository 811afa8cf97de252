-- Who made the links through which this sign-in came about, as a JSON array of opaque ids: nobody may decide
-- in a colleague's name on what they can't decide on in their own.
ALTER TABLE sign_in_links ADD COLUMN vouchers TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sign_in_sessions ADD COLUMN vouchers TEXT NOT NULL DEFAULT '[]';
