-- What a user's tokens carry: `subject` is `sub` in place of the username, `claims` is a JSON object.
-- There are no constraints: a check of a new column would read the whole table, and the Worker checks
-- both when it reads them.
ALTER TABLE users ADD COLUMN subject TEXT;
ALTER TABLE users ADD COLUMN claims TEXT;
