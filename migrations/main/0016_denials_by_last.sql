-- Refused names are listed by when they were refused last: one that is asked again after long stands on top.
DROP INDEX denials_by_state;
CREATE INDEX denials_by_state ON denials (state, last_at);
