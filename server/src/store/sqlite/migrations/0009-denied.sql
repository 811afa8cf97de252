-- What people denied is found by what was asked, also by a later process.
CREATE INDEX reviews_denied ON reviews (join_key, opened_at)
  WHERE state IN ('denied', 'changes_requested');
