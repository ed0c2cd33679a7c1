-- The same question of the same client answered the same way again within a moment is one row with how often.
ALTER TABLE queries ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
