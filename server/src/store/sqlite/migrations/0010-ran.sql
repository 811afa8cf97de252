-- What ran last is found by what was asked: where nobody knows what came of it, whoever decides on the same again is told.
CREATE INDEX reviews_ran ON reviews (join_key, opened_at) WHERE execution IS NOT NULL;
