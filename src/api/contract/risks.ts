import { z } from 'zod';
import { Address, GroupName, Id, Rule, Time } from './common.ts';

const Network = z.object({
  asn: z.int(),
  /** Whose it is. */
  name: z.string(),
  /** Where it is registered, two letters. */
  country: z.string().optional(),
});

/** A lower bound: what is not allowed is never resolved, and so never seen at an address. */
export const AddressRisk = z.object({
  address: z.string(),
  /** 0 to 100. */
  score: z.int(),
  sentence: z.string(),
  /** Names of other owners that were seen at it: at least so many. */
  others: z.int(),
  /** Some of them. */
  names: z.array(z.string()),
  hosting: z.object({
    /** everybody: all customers of a content network. rented: whoever has it today. alone: nobody else is known. */
    kind: z.enum(['everybody', 'rented', 'alone', 'unknown']),
    what: z.string(),
  }),
  network: Network.optional(),
});
export type AddressRisk = z.infer<typeof AddressRisk>;

/** Whose data it is, as its licence wants it to be told. */
const Sources = z.string();

export const RiskOfAddress = AddressRisk.extend({ sources: Sources });
export type RiskOfAddress = z.infer<typeof RiskOfAddress>;
export const RiskedAddress = z.object({ address: Address });
export const RiskFilter = z.object({ group: GroupName.optional(), rule: Id.optional() });

export const RuleRisks = z.object({
  /** Of rules that have an address open, the riskiest first. */
  items: z.array(
    z.object({
      group: z.string(),
      /** Absent: what learning or a pause opened. */
      rule: Rule.optional(),
      /** Of its riskiest address. */
      score: z.int(),
      sentence: z.string(),
      addresses: z.int(),
      worst: z.array(AddressRisk),
      networks: z.array(Network.extend({ addresses: z.int() })),
      /** Absent: the rule opened nothing before last month. */
      change: z.object({ since: Time, newAddresses: z.int(), newNetworks: z.array(Network) }).optional(),
    }),
  ),
  sources: Sources,
});
export type RuleRisks = z.infer<typeof RuleRisks>;
