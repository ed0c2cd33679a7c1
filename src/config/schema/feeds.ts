/** `feeds`: lists of addresses that somebody else keeps, opened for some groups. */
import { z } from 'zod';
import { duration, name, note, oneOf } from './values.ts';

const feed = z
  .strictObject({
    name,
    groups: z.array(z.string()).min(1, { error: 'name at least one group' }),
    url: z
      .url({ protocol: /^https?$/, error: 'write where the list is, as in https://example.org/list.txt' })
      .exactOptional(),
    file: z.string({ error: 'write the path of the list' }).min(1).exactOptional(),
    format: oneOf('text', 'json').default('text'),
    // Where the list stands in the JSON, as in data.addresses; left out: the whole of it is the list.
    path: z
      .string()
      .regex(/^[^.]+(\.[^.]+)*$/, {
        error: 'write the keys to the list with dots between them, as in data.addresses',
      })
      .exactOptional(),
    // Nobody's list is worth asking for more often, and a list a week old may be somebody else's addresses.
    every: duration({ least: '1m', most: '7d' }).default(3_600_000),
    max: z
      .int({ error: 'write a whole number from 1 to 5000' })
      .min(1, { error: 'write a whole number from 1 to 5000' })
      .max(5000, { error: 'write a whole number from 1 to 5000' })
      .default(1000),
    note: note.default(''),
  })
  .superRefine(({ url, file, format, path }, context) => {
    if ((url === undefined) === (file === undefined))
      context.addIssue({ code: 'custom', message: 'write either `url` or `file`' });
    if (path !== undefined && format !== 'json')
      context.addIssue({ code: 'custom', message: 'goes with `format: json` only', path: ['path'] });
  });

export const feeds = z.array(feed).default([]);

export type FeedConfig = z.output<typeof feed>;
