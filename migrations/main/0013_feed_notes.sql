-- Why a feed had an address open, as its owner wrote it then, and when that ends by itself; NULL: as long as the list names it.
ALTER TABLE feed_entries ADD COLUMN note TEXT NOT NULL DEFAULT '';
ALTER TABLE feed_entries ADD COLUMN until_at INTEGER;
