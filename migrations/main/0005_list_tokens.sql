-- The secret part of the address under which a firewall fetches its list; NULL until the list is first configured.
-- Kept here and nowhere else: with the ledger it would be lost too, so that an empty ledger is never fetched.
ALTER TABLE firewalls ADD COLUMN list_token TEXT;
