/** AdGuard Home: the user rules of AdGuardHome.yaml, or such rules as text. */
import { isIP } from 'node:net';
import { KnownError } from '../../base/errors.ts';
import { readYaml } from '../yaml-file.ts';
import { type Collector, createCollector, type Imported, linesOf } from './entry.ts';

/** `isGuessed`: only the look of the text says that it is AdGuard's. */
export function importAdguard(text: string, isGuessed: boolean): Imported {
  const found = createCollector();
  if (!/^user_rules:/m.test(text)) {
    for (const [line, rule] of linesOf(text)) {
      // One line of AdGuard's must not turn a list of names to allow into denials.
      if (isGuessed && ALONE.test(rule)) found.skip(line, rule, aloneReason(rule));
      else importRule(found, line, rule);
    }
    return found.result('adguard');
  }
  const file = readYaml(text, 'AdGuardHome.yaml');
  const [problem] = file.problems;
  if (problem !== undefined)
    throw new KnownError('invalid-input', `${problem.key}: ${problem.wanted}`, {
      hint: 'Nothing was imported.',
    });
  const rules = file.values['user_rules'];
  for (const [index, rule] of (Array.isArray(rules) ? rules : []).entries()) {
    const line = Number(file.sourceOf(['user_rules', index]).split(':').at(-1));
    if (typeof rule === 'string') importRule(found, line, rule.trim());
    else found.skip(line, JSON.stringify(rule), 'not a text');
  }
  return found.result('adguard');
}

const ALONE = /^[^#!|@/^$\s]+$/;

function aloneReason(name: string): string {
  return `among rules of AdGuard a name alone is denied: to allow it leave those out, to deny it write |${name}^`;
}

/**
 *   ||example.org^    the name and everything below it, denied; with @@ in front allowed
 *   |example.org^     that name only
 *   example.org       the same, denied
 */
function importRule(found: Collector, line: number, rule: string): void {
  if (rule === '' || rule.startsWith('!') || rule.startsWith('#')) return;
  const [, allow, body = '', modifiers] = /^(@@)?(.*?)(?:\$(.*))?$/.exec(rule) ?? [];
  const action = allow === undefined ? 'deny' : 'allow';
  if (body.startsWith('/')) {
    found.skip(line, rule, 'a regular expression; write the names it stands for');
    return;
  }
  if (modifiers !== undefined && modifiers !== 'important') {
    found.skip(line, rule, `$${modifiers} has no like here`);
    return;
  }
  const [, both, one, name = ''] = /^(?:(\|\|)|(\|))?([^|^/\s]+)\^?\|?$/.exec(body) ?? [];
  if (name !== '') {
    const isSubtree = both !== undefined && !name.startsWith('*.');
    found.add(line, action, isSubtree ? `.${name.replace(/^\./, '')}` : name, '');
    return;
  }
  const [address = '', host = ''] = body.split(/\s+/);
  const blocks = ['0.0.0.0', '127.0.0.1', '::', '::1'].includes(address);
  if (blocks && host !== '' && one === undefined) found.add(line, 'deny', host, '');
  else found.skip(line, rule, isIP(address) === 0 ? 'not a rule for a name' : 'it rewrites an answer');
}
