-- The Plex server of somebody else that an address is open for, as plexDirect of the group says; '' where a person opened it by itself.
-- Both may have the same address open, each until its own end.
ALTER TABLE pins ADD COLUMN plex_server TEXT NOT NULL DEFAULT '';
DROP INDEX pins_live;
CREATE UNIQUE INDEX pins_live ON pins (group_id, prefix, plex_server) WHERE ended_at IS NULL;
