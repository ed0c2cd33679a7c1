import { AuditPage } from '../../api/contract/audit.ts';
import { type Command, query, textOption } from '../command.ts';
import { paragraphs, relativeTime, table } from '../format.ts';

export const audit: Command = {
  summary: 'who changed what',
  usage: '[--limit N]',
  options: { limit: { type: 'string' }, cursor: { type: 'string' } },
  explain: { '--limit N': 'at most so many (100)', '--cursor CURSOR': 'go on where the last page ended' },
  examples: [['sallyport audit --limit 20', 'the last twenty changes']],
  async run({ client, values, now }) {
    const path = `/audit${query({ limit: textOption(values, 'limit'), cursor: textOption(values, 'cursor') })}`;
    const page = await client.get(path, AuditPage);
    const rows = page.items.map((entry) => [
      relativeTime(entry.at, now),
      entry.actor,
      entry.origin,
      entry.action,
      entry.subject,
      entry.note,
    ]);
    return {
      data: page,
      text: paragraphs(
        table(['WHEN', 'WHO', 'FROM', 'WHAT', 'OF', 'NOTE'], rows) || 'Nothing was changed yet.',
        page.nextCursor === undefined ? '' : `More: --cursor ${page.nextCursor}`,
      ),
    };
  },
};
