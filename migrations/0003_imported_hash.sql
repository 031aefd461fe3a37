-- For the command line: a digest of the hash that a user's row had when it was last imported, by which a later
-- import sees whether the password has changed where the row comes from. The Worker doesn't read it.
ALTER TABLE users ADD COLUMN imported_hash TEXT;
