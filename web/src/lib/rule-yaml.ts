/** Rules as sallyport.yaml has them. Texts stand in double quotes: a name that begins with `*` is an alias to YAML otherwise. */
export interface WrittenRule {
  readonly action: 'allow' | 'deny';
  readonly pattern: string;
  readonly types: readonly string[];
  readonly note: string;
  readonly expiresAt?: string | undefined;
  readonly warm: 'auto' | 'always' | 'never';
  readonly private: boolean;
}

export function rulesYaml(rules: readonly WrittenRule[]): string {
  return rules.map(ruleYaml).join('');
}

function ruleYaml(rule: WrittenRule): string {
  const { action, pattern, types, note, expiresAt, warm } = rule;
  const lines = [
    `- ${action}: ${JSON.stringify(pattern)}`,
    ...(types.join() === 'A,AAAA' ? [] : [`types: ${JSON.stringify(types)}`]),
    ...(note === '' ? [] : [`note: ${JSON.stringify(note)}`]),
    ...(expiresAt === undefined ? [] : [`until: ${expiresAt}`]),
    ...(warm === 'auto' ? [] : [`warm: ${warm === 'always'}`]),
    ...(rule.private ? ['private: true'] : []),
  ];
  return `${lines.join('\n  ')}\n`;
}
