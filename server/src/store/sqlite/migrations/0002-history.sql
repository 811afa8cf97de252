-- The kinds of records that are rare and looked for in logs of any size. Partial, each on its literal type,
-- so that the records of every day, which are nearly all, add no entry anywhere.
CREATE INDEX records_denied ON records (type) WHERE type = 'action.denied';
CREATE INDEX records_held ON records (type) WHERE type = 'action.held';
CREATE INDEX records_by_policy_set ON records (leaf ->> '$.body.policySet')
  WHERE type = 'policy.activated';

-- To count what waits on a connection without opening any document. The leaf names it in clear as well.
ALTER TABLE reviews ADD COLUMN connection TEXT NOT NULL DEFAULT '';

UPDATE reviews SET connection = held.connection
FROM (
  SELECT review, leaf ->> '$.body.connection' AS connection
  FROM records WHERE type = 'action.held'
) AS held
WHERE reviews.state = 'pending' AND held.review = reviews.id;

CREATE INDEX reviews_pending_on ON reviews (connection) WHERE state = 'pending';
