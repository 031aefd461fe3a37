-- An address that an application keeps beside a user. No login reads it.
ALTER TABLE users ADD COLUMN email TEXT;
-- The version of each deletion of the last hour: that of a user who is created anew has to be above it.
CREATE TABLE deletions (username TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX deletions_by_version ON deletions (version);
