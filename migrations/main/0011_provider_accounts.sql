-- Accounts that an OpenID provider vouches for: told apart by issuer and subject, never by name. Their password_hash is ''.
ALTER TABLE users ADD COLUMN issuer TEXT;
ALTER TABLE users ADD COLUMN subject TEXT;
ALTER TABLE users ADD COLUMN disabled_at INTEGER;    -- may not sign in, whoever vouches
CREATE UNIQUE INDEX users_by_subject ON users (issuer, subject) WHERE issuer IS NOT NULL;
