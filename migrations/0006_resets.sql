-- The reset of a password that was asked for, as JSON. No login reads it.
ALTER TABLE users ADD COLUMN reset TEXT;
