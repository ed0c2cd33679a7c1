/** `limits`: what one client, and one wildcard rule, may use up, and how many addresses may be open. */
import { z } from 'zod';
import { DEFAULT_LIMITS } from '../../data/limits.ts';
import { formatPattern } from '../../policy/pattern.ts';
import { pattern } from './values.ts';

const MAX_RATE = 1_000_000;

/** More than any firewall's table of addresses holds. */
const MAX_ADDRESSES = 1_000_000;

const whole = (most: number, least = 0) => {
  const error = `write a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
};

const addresses = (least: number) => whole(MAX_ADDRESSES, least);

/** Lengths of DNS itself: beyond them no name goes (RFC 1035 section 2.3.4). */
const budget = {
  names: whole(MAX_RATE),
  labelLength: whole(63),
  nameLength: whole(255),
};

export const limits = z
  .strictObject({
    clientRate: whole(MAX_RATE).default(DEFAULT_LIMITS.client.rate),
    clientBurst: whole(MAX_RATE).default(DEFAULT_LIMITS.client.burst),
    wildcard: z
      .strictObject({
        names: budget.names.default(DEFAULT_LIMITS.wildcard.names),
        labelLength: budget.labelLength.default(DEFAULT_LIMITS.wildcard.labelLength),
        nameLength: budget.nameLength.default(DEFAULT_LIMITS.wildcard.nameLength),
      })
      .prefault({}),
    wildcards: z
      .array(
        z.strictObject({
          pattern: pattern.refine(({ kind }) => kind !== 'exact', {
            error: 'write a pattern that covers many names: *.example.org or .example.org',
          }),
          names: budget.names.optional(),
          labelLength: budget.labelLength.optional(),
          nameLength: budget.nameLength.optional(),
        }),
      )
      .default([]),
    addresses: z
      .strictObject({
        name: addresses(1).default(DEFAULT_LIMITS.addresses.name),
        rule: addresses(1).optional(),
        group: addresses(1).default(DEFAULT_LIMITS.addresses.group),
        learn: addresses(0).default(DEFAULT_LIMITS.addresses.learn),
      })
      .transform(({ rule, ...rest }, context) => {
        if (rule !== undefined && rule > rest.group) {
          context.addIssue({
            code: 'custom',
            path: ['rule'],
            message: `write at most what a group may have open (limits.addresses.group: ${rest.group})`,
          });
        }
        return { ...rest, rule: rule ?? Math.min(DEFAULT_LIMITS.addresses.rule, rest.group) };
      })
      .prefault({}),
  })
  .prefault({})
  .transform(({ wildcard, wildcards, clientRate, clientBurst, addresses }) => ({
    addresses,
    client: { rate: clientRate, burst: Math.max(clientBurst, clientRate) },
    wildcard,
    wildcards: new Map(
      wildcards.map(({ pattern, names, labelLength, nameLength }) => [
        formatPattern(pattern),
        {
          names: names ?? wildcard.names,
          labelLength: labelLength ?? wildcard.labelLength,
          nameLength: nameLength ?? wildcard.nameLength,
        },
      ]),
    ),
  }));
