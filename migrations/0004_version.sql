-- The version of a user's record: milliseconds, always rising with each change of the password or of `disabled`. Tokens
-- of a session that began before it are dead. 0 is that of a record from before this column.
-- `changed_at` may be 0 from now on: nobody knows when the password changed.
ALTER TABLE users ADD COLUMN version INTEGER NOT NULL DEFAULT 0;
