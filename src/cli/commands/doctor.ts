import { type Check, Diagnosis } from '../../api/contract/doctor.ts';
import { type Command, textOption, UsageError } from '../command.ts';
import { count, paragraphs, printable } from '../format.ts';

export const doctor: Command = {
  summary: 'look at everything that can be wrong, and say what to do about it',
  usage: '[--firewall NAME] [--client ADDRESS|GROUP] [--round-trip [--test-address ADDRESS]]',
  options: {
    firewall: { type: 'string' },
    client: { type: 'string' },
    'round-trip': { type: 'boolean' },
    'test-address': { type: 'string' },
  },
  explain: {
    '--firewall NAME': 'this firewall only',
    '--client ADDRESS|GROUP': 'this host or group only',
    '--round-trip':
      'also put an address of nobody into each alias and take it out again; on pfSense that costs two config revisions of 30, and two filter reloads',
    '--test-address ADDRESS': 'which: a documentation address, 192.0.2.253 unless told',
  },
  examples: [
    ['sallyport doctor', 'firewalls, groups and Sallyport itself; changes nothing'],
    ['sallyport doctor --firewall edge --round-trip', 'and prove that an address opens and closes there'],
    ['sallyport doctor --client 192.168.20.5', 'does this host ask Sallyport, and what to run on it'],
  ],
  async run({ client, words, values, during }) {
    if (words.length > 0) throw new UsageError(`too many words: ${words.join(' ')}`);
    const roundTrip = values['round-trip'] === true;
    const testAddress = textOption(values, 'test-address');
    if (testAddress !== undefined && !roundTrip) {
      throw new UsageError('--test-address goes with --round-trip');
    }
    const [firewall, host] = [textOption(values, 'firewall'), textOption(values, 'client')];
    if (roundTrip && host !== undefined && firewall === undefined) {
      throw new UsageError('--round-trip is about a firewall: leave --client out, or add --firewall');
    }
    const body = {
      ...(firewall === undefined ? {} : { firewall }),
      ...(host === undefined ? {} : { client: host }),
      ...(roundTrip ? { roundTrip } : {}),
      ...(testAddress === undefined ? {} : { testAddress }),
    };
    const asked = client.send('POST', '/doctor', body, Diagnosis);
    const diagnosis = await during(roundTrip ? LONG : SHORT, asked);
    return { data: diagnosis, text: show(diagnosis.items), failed: !diagnosis.ok };
  },
};

const SHORT = 'Looking at firewalls and hosts (30 s at most)';
const LONG = 'Looking, then writing to the firewalls (minutes where a filter reload is slow)';

function show(items: readonly Check[]): string {
  const subjects = [...new Set(items.map(subjectOf))];
  const width = Math.max(0, ...items.map(({ check }) => check.length));
  const parts = subjects.map((subject) =>
    [
      subject,
      ...items.filter((item) => subjectOf(item) === subject).flatMap((item) => lines(item, width)),
    ].join('\n'),
  );
  return paragraphs(...parts, summary(items));
}

function subjectOf({ firewall, group }: Check): string {
  if (firewall !== undefined) return printable(`Firewall ${firewall}`);
  return group === undefined ? 'Sallyport' : printable(`Group ${group}`);
}

function lines({ check, result, detail, remedy }: Check, width: number): readonly string[] {
  const first = `  ${result.padEnd(7)}  ${check.padEnd(width)}  ${printable(detail)}`;
  return remedy === undefined ? [first] : [first, `${' '.repeat(13 + width)}→ ${printable(remedy)}`];
}

function summary(items: readonly Check[]): string {
  const of = (wanted: Check['result']) => items.filter(({ result }) => result === wanted).length;
  const [failed, unknown] = [of('failed'), of('unknown')];
  const looked = `${count(items.length - of('skipped'), 'check')}: ${of('ok')} ok`;
  return `${looked}${failed > 0 ? `, ${failed} failed` : ''}${unknown > 0 ? `, ${unknown} to be looked at by you` : ''}.`;
}
