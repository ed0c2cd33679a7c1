import {
  ConfigurationApplied,
  ConfigurationExport,
  ConfigurationPlan,
} from '../../api/contract/configuration.ts';
import { CommandFailed } from '../client.ts';
import { type Command, type Context, textOption, UsageError } from '../command.ts';
import { count, paragraphs, printable } from '../format.ts';
import { effectText } from './effect.ts';
import { readConfiguration } from './input-file.ts';
import { updateText } from './presets.ts';

const FILE_HELP = { FILE: 'a YAML file, - for standard input; without it, the file the server follows' };

/** So that a script can tell a difference from a mistake. */
const CHANGES = 2;

export const plan: Command = {
  summary: 'what a configuration file would change, and which addresses that would close',
  usage: '[FILE]',
  explain: FILE_HELP,
  exitCodes: 'Exit code: 0 nothing to change, 2 changes, 1 failed, refused or wrong command line.',
  usageExit: 1,
  examples: [
    ['sallyport plan', 'the file the server follows, as it is now'],
    ['sallyport plan house.yaml', 'another one'],
    ['git show HEAD:sallyport.yaml | sallyport plan -', 'what is in Git; exit code 2 if it differs'],
  ],
  async run(context) {
    const read = await context.client.send('POST', '/config/plan', bodyOf(context), ConfigurationPlan);
    const exitCode = read.changes.length === 0 ? 0 : CHANGES;
    return { data: read, text: planText(read), exitCode };
  },
};

export const apply: Command = {
  summary: 'put a configuration file in force, all of it or nothing',
  usage: '[FILE] [--yes]',
  options: { yes: { type: 'boolean', short: 'y' } },
  explain: { ...FILE_HELP, '--yes': 'without asking' },
  examples: [
    ['sallyport apply', 'read the file the server follows again'],
    ['sallyport apply house.yaml --yes', 'for a script; a second time it changes nothing'],
    ['sallyport export > house.yaml', 'what is in force now, to begin with'],
  ],
  async run(context) {
    const { client, values, confirm } = context;
    const body = bodyOf(context);
    if (values['yes'] !== true) {
      const read = await client.send('POST', '/config/plan', body, ConfigurationPlan);
      const question = `${paragraphs(planText(read), 'Apply?')}`;
      if (read.changes.length > 0 && !(await confirm(question, 'look at `sallyport plan`, then add --yes')))
        throw new CommandFailed('not-applied', 'Nothing was changed.');
    }
    const done = await client.send('POST', '/config/apply', body, ConfigurationApplied);
    const { effect } = done;
    return {
      data: done,
      text: paragraphs(
        `${planText(done.plan)}${done.plan.changes.length === 0 ? '' : '\n\nApplied.'}`,
        effect === undefined ? '' : effectText(effect),
      ),
    };
  },
};

export const exportCommand: Command = {
  summary: 'what is in force, as a configuration file; without secrets',
  usage: '[--format yaml]',
  options: { format: { type: 'string' } },
  explain: { '--format yaml': 'the only one there is' },
  examples: [
    ['sallyport export > sallyport.yaml', 'to keep it in Git; `sallyport plan` finds no difference to it'],
  ],
  async run({ client, values, words }) {
    const format = textOption(values, 'format') ?? 'yaml';
    if (format !== 'yaml') throw new UsageError(`there is no format ${format}; write yaml`);
    if (words.length > 0) throw new UsageError('it is written to standard output: sallyport export > FILE');
    const read = await client.get('/config', ConfigurationExport);
    return { data: read, text: read.yaml.trimEnd() };
  },
};

/** The difference as people read one: + new, - gone, ~ changed, each with where it is written. */
export function planText(plan: ConfigurationPlan): string {
  const { source, changes, closes, atNextStart, drift, presetUpdates, notes } = plan;
  const head = changes.length === 0 ? 'nothing to change.' : `${count(changes.length, 'change')}.`;
  return paragraphs(
    printable(`${source}: ${head}`),
    changes.map(changeText).join('\n'),
    listText(
      closes.length === 0 ? '' : `Closes ${count(closes.length, 'address', 'addresses')}:`,
      closes.map(({ address, group, names, firewalls }) => {
        const on = firewalls.length === 0 ? '' : ` on ${firewalls.join(', ')}`;
        return `${address}  ${group}${on}, open for ${namesText(names)}`;
      }),
    ),
    listText(
      atNextStart.length === 0 ? '' : 'Also written, and in force after the next start:',
      atNextStart.map(({ key, place }) => `${key}${place === undefined ? ' (gone)' : `  ${place}`}`),
    ),
    listText(
      drift.length === 0 ? '' : 'Made by people beside the file; it stays:',
      drift.map(({ kind, group, what, by, until }) => {
        const ends = until === undefined ? 'no end' : `until ${until}`;
        return `${group}: ${kind === 'pause' ? 'paused' : `${what} by ${by}`}, ${ends}`;
      }),
    ),
    presetUpdates.map(updateText).join('\n\n'),
    notes.map(printable).join('\n'),
  );
}

/** Names shown of one address; a CDN's may have hundreds. */
const NAMED = 5;

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, NAMED).map((name) => name || '(no note)');
  return names.length > NAMED ? `${shown.join(', ')} and ${names.length - NAMED} more` : shown.join(', ');
}

const MARK = { add: '+', change: '~', remove: '-' } as const;

function changeText({ op, kind, group, what, fields, place }: ConfigurationPlan['changes'][number]): string {
  const subject = what === '' ? `${kind} ${group}` : `${kind} ${group}: ${what}`;
  const lines =
    op === 'change'
      ? fields.map(({ field, before, after }) => `    ${field}: ${valueText(before)} → ${valueText(after)}`)
      : [];
  return [`${MARK[op]} ${subject}${place === undefined ? '' : `  (${place})`}`, ...lines]
    .map(printable)
    .join('\n');
}

function valueText(value: unknown): string {
  if (value === null) return 'none';
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
}

function listText(head: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [head, ...lines.map((line) => `  ${printable(line)}`)].join('\n');
}

function bodyOf({ words }: Context): { readonly yaml?: string; readonly name?: string } {
  const [path, ...rest] = words;
  if (rest.length > 0) throw new UsageError(`too many words: ${rest.join(' ')}`);
  if (path === undefined) return {};
  return readConfiguration(path);
}
