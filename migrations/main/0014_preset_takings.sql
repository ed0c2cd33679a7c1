-- What a group took of a preset, and when: what a newer catalog has is compared with it, and nothing changes by itself.
CREATE TABLE preset_takings (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER NOT NULL REFERENCES groups (id),
  preset   TEXT NOT NULL,
  version  TEXT NOT NULL,                     -- of the preset; '' where presets had none yet
  rules    TEXT NOT NULL,                     -- as the catalog had them then: JSON [{action, pattern, types, note}]
  taken_at INTEGER NOT NULL,
  taken_by TEXT NOT NULL,
  ended_at INTEGER,                           -- given up, or followed by another taking
  ended_by TEXT
) STRICT;
CREATE UNIQUE INDEX preset_takings_live ON preset_takings (group_id, preset) WHERE ended_at IS NULL;

-- Until now a start brought what the catalog had: that is in force, and was taken so.
INSERT INTO preset_takings (group_id, preset, version, rules, taken_at, taken_by)
SELECT g.id, p.value, '',
       json_group_array(
         json_object('action', r.action, 'pattern', r.pattern,
                     'types', json('["' || replace(coalesce(r.types, 'A,AAAA'), ',', '","') || '"]'), 'note', r.note)
         ORDER BY r.id
       ) FILTER (WHERE r.id IS NOT NULL),
       coalesce(max(r.created_at), g.created_at), 'catalog'
FROM groups g
JOIN json_each(g.presets) p
LEFT JOIN rules r
  ON r.group_id = g.id AND r.preset = p.value AND r.origin = 'catalog' AND r.ended_at IS NULL
WHERE g.removed_at IS NULL
GROUP BY g.id, p.value;
