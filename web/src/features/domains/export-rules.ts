import type { RuleView } from '../../api/types.ts';
import { csvText } from '../../lib/csv.ts';
import { rulesYaml } from '../../lib/rule-yaml.ts';
import { saveFile } from '../../ui/save-file.ts';

export const EXPORTS = ['yaml', 'csv', 'json'] as const;
type ExportKind = (typeof EXPORTS)[number];

/** These rules and no others: what was filtered or chosen is what is written. */
export function exportRules(rules: readonly RuleView[], kind: ExportKind): void {
  const { type, textOf } = FORMATS[kind];
  saveFile(`sallyport-rules.${kind}`, [textOf(rules)], type);
}

const FORMATS: Readonly<
  Record<ExportKind, { readonly type: string; readonly textOf: (rules: readonly RuleView[]) => string }>
> = {
  yaml: { type: 'application/yaml', textOf: yamlOf },
  csv: { type: 'text/csv', textOf: csvOf },
  json: { type: 'application/json', textOf: (rules) => `${JSON.stringify(rules, null, 2)}\n` },
};

function yamlOf(rules: readonly RuleView[]): string {
  return [...Map.groupBy(rules, ({ group }) => group)]
    .map(([group, its]) => `# groups: - name: ${group}\n#   rules:\n${rulesYaml(its)}`)
    .join('\n');
}

function csvOf(rules: readonly RuleView[]): string {
  return csvText(
    ['group', 'action', 'name', 'types', 'note', 'from', 'added by', 'added', 'until'],
    rules.map(
      ({ group, action, pattern, types, note, origin, preset, place, createdBy, createdAt, expiresAt }) => [
        group,
        action,
        pattern,
        types.join(' '),
        note,
        place ?? preset ?? origin,
        createdBy,
        createdAt,
        expiresAt ?? '',
      ],
    ),
  );
}
