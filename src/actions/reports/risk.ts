/** How far open addresses reach beyond the names they are open for. */
import type { IpAddress } from '../../base/ip-address.ts';
import type { RuleReference } from '../query-port.ts';

export interface RuleRisksInput {
  readonly group?: string;
  /** This one only, by its id. */
  readonly rule?: number;
}

export interface RuleRisks {
  /** Of rules that have an address open, the riskiest first. */
  readonly items: readonly RuleRisk[];
  /** Whose data it is, as its licence wants it to be told. */
  readonly sources: string;
}

/** A lower bound, as everything here. */
export interface RuleRisk {
  readonly group: string;
  /** Absent: what learning or a pause opened. */
  readonly rule?: RuleReference;
  /** Of its riskiest address. */
  readonly score: number;
  readonly sentence: string;
  /** Open now. */
  readonly addresses: number;
  /** Of those, the riskiest, worst first. */
  readonly worst: readonly AddressRisk[];
  /** Of the addresses that were looked at, the most common first. */
  readonly networks: readonly (NetworkOfAddress & { readonly addresses: number })[];
  /** Absent: the rule opened nothing before last month. */
  readonly change?: {
    readonly since: number;
    readonly newAddresses: number;
    readonly newNetworks: readonly NetworkOfAddress[];
  };
}

export interface AddressRisksInput {
  readonly addresses: readonly IpAddress[];
}

export interface AddressRisks {
  readonly items: readonly AddressRisk[];
  readonly sources: string;
}

export interface AddressRisk {
  readonly address: IpAddress;
  /** 0 to 100. */
  readonly score: number;
  readonly sentence: string;
  /** Names of other owners that were seen at it: at least so many. */
  readonly others: number;
  /** Some of them. */
  readonly names: readonly string[];
  readonly hosting: HostingOfAddress;
  readonly network?: NetworkOfAddress;
}

export interface HostingOfAddress {
  /** everybody: all customers of a content network. rented: whoever has it today. alone: nobody else is known. */
  readonly kind: 'everybody' | 'rented' | 'alone' | 'unknown';
  readonly what: string;
}

export interface NetworkOfAddress {
  readonly asn: number;
  /** Whose it is. */
  readonly name: string;
  /** Where it is registered, two letters. */
  readonly country?: string;
}
