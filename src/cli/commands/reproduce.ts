import {
  RefusedAllowed,
  type RefusedName,
  Reproduce,
  ReproduceDecided,
} from '../../api/contract/reproduce.ts';
import {
  type Command,
  type Context,
  listOption,
  type Output,
  query,
  textOption,
  UsageError,
} from '../command.ts';
import { count, paragraphs, printable, relativeTime, table } from '../format.ts';
import { chooseGroup } from './choose-group.ts';
import { effectText } from './effect.ts';

export const reproduce: Command = {
  summary: 'do what fails, see what was refused meanwhile, allow it, decide',
  usage: '[start|show|allow|verify|keep|drop|stop] [--group GROUP] [--for 15m] [--names LIST] [--all]',
  options: {
    group: { type: 'string', short: 'g' },
    for: { type: 'string' },
    names: { type: 'string' },
    all: { type: 'boolean' },
  },
  explain: {
    start: 'set the mark; then do in Plex what fails',
    show: 'what was refused since (if nothing is said)',
    allow: 'let it through for a while: all that is shown, but what is risky or refused on purpose',
    verify: 'set the mark anew; do it again, and `show` should stay empty',
    keep: 'make what was allowed permanent, and end',
    drop: 'end what was allowed, and end',
    stop: 'end; what was allowed ends by itself',
    '--group GROUP': 'which group; may be left out when there is one',
    '--for TIME': 'with allow: how long (15m)',
    '--names LIST': 'with allow: these of the names shown, whatever they are',
    '--all': 'with show: also what is refused all day',
  },
  examples: [
    ['sallyport reproduce start', 'then play the film that does not play'],
    ['sallyport reproduce allow', 'all of it, for 15 minutes'],
    ['sallyport reproduce keep', 'it plays: keep that'],
  ],
  async run(context) {
    const [word = 'show', ...more] = context.words;
    const step = STEPS[word];
    if (step === undefined || more.length > 0)
      throw new UsageError(`write one of ${Object.keys(STEPS).join(', ')}`);
    const group = await chooseGroup(context.client, textOption(context.values, 'group'));
    return step(context, group, `/groups/${encodeURIComponent(group)}/reproduce`);
  },
};

const STEPS: Readonly<Record<string, (context: Context, group: string, path: string) => Promise<Output>>> = {
  start: async ({ client, now }, _, path) =>
    shown(
      await client.send('POST', path, undefined, Reproduce),
      now,
      'Now do what fails; then: sallyport reproduce',
    ),
  show: async ({ client, values, now }, _, path) =>
    shown(
      await client.get(`${path}${query({ all: values['all'] === true ? '1' : undefined })}`, Reproduce),
      now,
    ),
  verify: async ({ client, now }, _, path) =>
    shown(
      await client.send('POST', `${path}/verify`, undefined, Reproduce),
      now,
      'Now do it again; then: sallyport reproduce',
    ),
  stop: async ({ client, now }, _, path) =>
    shown(await client.send('DELETE', path, undefined, Reproduce), now),
  async allow({ client, values }, _, path) {
    const [lasts, names] = [textOption(values, 'for'), listOption(values, 'names')];
    const body = {
      ...(lasts === undefined ? {} : { for: lasts }),
      ...(names === undefined ? {} : { names }),
    };
    const done = await client.send('POST', `${path}/allow`, body, RefusedAllowed);
    return {
      data: done,
      text: paragraphs(
        done.rules.length === 0
          ? 'Nothing was allowed.'
          : printable(`Allowed: ${done.rules.map((rule) => rule.pattern).join(' ')}`),
        table(
          ['NOT ALLOWED', 'BECAUSE'],
          done.skipped.map((one) => [one.name, one.why]),
        ),
        done.skipped.length === 0
          ? ''
          : `${count(done.skipped.length, 'name')} left out; to allow one all the same: sallyport reproduce allow --names NAME`,
        done.rules.length === 0 ? '' : effectText(done.effect),
        'Does it work now? sallyport reproduce verify, then keep or drop',
      ),
    };
  },
  keep: ({ client }, group, path) => decide(client, `${path}/keep`, group, 'Kept for good'),
  drop: ({ client }, group, path) => decide(client, `${path}/drop`, group, 'Ended'),
};

async function decide(client: Context['client'], path: string, group: string, what: string): Promise<Output> {
  const done = await client.send('POST', path, undefined, ReproduceDecided);
  return {
    data: done,
    text:
      done.rules.length === 0
        ? printable(`No rule that was made for it was in force any more in ${group}.`)
        : `${printable(`${what}: ${done.rules.map((rule) => rule.pattern).join(' ')}`)}\n${effectText(done.effect)}`,
  };
}

function shown(found: Reproduce, now: number, next = ''): Output {
  const rows = [...(found.refused ?? []), ...(found.background ?? []), ...(found.onPurpose ?? [])].map(
    (one) => [one.name, one.types.join(','), `${one.count}x`, relativeTime(one.lastAt, now), remark(one)],
  );
  const made = (found.rules ?? []).filter(({ endedAt }) => endedAt === undefined);
  return {
    data: found,
    text: paragraphs(
      printable(found.sentence),
      table(['REFUSED', 'TYPES', 'ASKED', 'LAST', ''], rows),
      made.length === 0
        ? ''
        : printable(`${count(made.length, 'rule')} made: ${made.map(({ pattern }) => pattern).join(' ')}`),
      next !== '' || !found.running || (found.refused ?? []).length === 0
        ? next
        : 'To let it through for 15 minutes: sallyport reproduce allow',
    ),
  };
}

function remark({ onPurpose, risks, catalog }: RefusedName): string {
  if (onPurpose === 'rule') return 'ON PURPOSE: a rule refuses it';
  if (onPurpose === 'catalog') return 'ON PURPOSE: the catalog refuses it';
  return risks[0] === undefined ? (catalog?.breaks ?? '') : `RISKY: ${risks[0].sentence}`;
}
