import { type AuditEntry, AuditPage, AuditReverted, AuditVerification } from '../../api/contract/audit.ts';
import {
  type Command,
  type Context,
  type Output,
  oneWord,
  query,
  textOption,
  UsageError,
} from '../command.ts';
import { count, paragraphs, printable, relativeTime, table } from '../format.ts';
import { effectText } from './effect.ts';

export const audit: Command = {
  summary: 'who changed what, and whether that list is whole',
  usage: '[--limit N] | revert ID | verify [--noted ID:HASH]',
  options: { limit: { type: 'string' }, cursor: { type: 'string' }, noted: { type: 'string' } },
  explain: {
    '--limit N': 'at most so many (100)',
    '--cursor CURSOR': 'go on where the last page ended',
    '--noted ID:HASH': 'what an earlier `verify` said: proves that nothing up to there was written anew',
  },
  examples: [
    ['sallyport audit --limit 20', 'the last twenty changes'],
    ['sallyport audit revert 12', 'take back what entry 12 says, where that can be'],
    ['sallyport audit verify', 'was an entry changed, removed or slipped in? Exit code 1 if so'],
  ],
  async run(context) {
    const [what, ...rest] = context.words;
    if (what === 'revert') return revert(context, oneWord(rest, 'the number of the entry'));
    if (rest.length > 0) throw new UsageError(`too many words: ${rest.join(' ')}`);
    if (what === undefined) return list(context);
    if (what !== 'verify') throw new UsageError(`not something the audit can do: ${what} (revert, verify)`);
    return verify(context);
  },
};

async function list({ client, values, now }: Context): Promise<Output> {
  const path = `/audit${query({ limit: textOption(values, 'limit'), cursor: textOption(values, 'cursor') })}`;
  const page = await client.get(path, AuditPage);
  const rows = page.items.map((entry) => [
    String(entry.id),
    relativeTime(entry.at, now),
    entry.actor,
    entry.origin,
    entry.action,
    entry.subject,
    changeText(entry),
    [
      entry.note,
      ...(entry.reverts === undefined ? [] : [`(takes back ${entry.reverts})`]),
      ...(entry.revertedBy === undefined ? [] : [`(taken back by ${entry.revertedBy})`]),
    ]
      .filter((part) => part !== '')
      .join(' '),
  ]);
  return {
    data: page,
    text: paragraphs(
      table(['#', 'WHEN', 'WHO', 'FROM', 'WHAT', 'OF', 'CHANGED', 'NOTE'], rows) ||
        'Nothing was changed yet.',
      page.nextCursor === undefined ? '' : `More: --cursor ${page.nextCursor}`,
    ),
  };
}

/** What is another than before, as in "mode learn → enforce"; empty for what was only added or only taken away. */
function changeText({ before, after }: AuditEntry): string {
  if (!isRecord(before) || !isRecord(after)) return '';
  return Object.entries(after)
    .filter(([key, value]) => key in before && JSON.stringify(before[key]) !== JSON.stringify(value))
    .map(([key, value]) => `${key} ${shortText(before[key])} → ${shortText(value)}`)
    .join(', ');
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The whole is in `--json`. */
function shortText(value: unknown): string {
  const text = typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}

const SHOWN_CHARACTERS = 40;

async function revert({ client }: Context, id: string): Promise<Output> {
  if (!/^[1-9]\d{0,14}$/.test(id)) throw new UsageError(`not the number of an entry: ${id}`);
  const reverted = await client.send('POST', `/audit/${id}/revert`, {}, AuditReverted);
  const { entry, effect } = reverted;
  return {
    data: reverted,
    text: paragraphs(
      `Entry ${id} is taken back by entry ${entry.id}: ${entry.action} ${printable(entry.subject)}.`,
      effect === undefined ? '' : effectText(effect),
    ),
  };
}

async function verify({ client, values, during }: Context): Promise<Output> {
  const path = `/audit/verification${query({ noted: textOption(values, 'noted') })}`;
  const verdict = await during('Reading the audit', client.get(path, AuditVerification));
  return { data: verdict, text: say(verdict), failed: !verdict.sound };
}

function say(verdict: AuditVerification): string {
  if (!verdict.sound) {
    return paragraphs(
      `The audit is NOT whole: ${verdict.why}.`,
      `${count(verdict.entries, 'entry', 'entries')} before it can be trusted. Compare with a backup: sallyport.db in the folder backups.`,
    );
  }
  const { entries, first, head } = verdict;
  if (first === undefined) return 'The audit is empty, and nothing is missing.';
  return paragraphs(
    `The audit is whole: ${count(entries, 'entry', 'entries')}, ${first} to ${head.id}; nothing was changed, removed or slipped in.`,
    `Note this elsewhere; later it proves that nothing up to here was written anew:\n  sallyport audit verify --noted ${head.id}:${head.hash}`,
  );
}
