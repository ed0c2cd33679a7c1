/** What the API says and takes: the types of its contract, and nothing else of the server. */
import type { z } from 'zod';
import type { PinnedEffect, PinnedList } from '../../../src/api/contract/addresses.ts';
import type { AuditPage, AuditReverted } from '../../../src/api/contract/audit.ts';
import type { ConfigurationApplied, ConfigurationExport } from '../../../src/api/contract/configuration.ts';
import type { AllowDenial, DenialAllowed, DenialPage } from '../../../src/api/contract/denials.ts';
import type { Diagnosis } from '../../../src/api/contract/doctor.ts';
import type {
  FirewallOnly,
  FirewallPlan,
  FirewallRun,
  RunPage,
} from '../../../src/api/contract/firewalls.ts';
import type { GroupEffect, HostList } from '../../../src/api/contract/groups.ts';
import type { LeaseDropped, LeaseList, PastLeaseList } from '../../../src/api/contract/leases.ts';
import type { NameLooks } from '../../../src/api/contract/names.ts';
import type { PresetDetail, PresetEffect, PresetList } from '../../../src/api/contract/presets.ts';
import type { QueryCounts, QueryPage } from '../../../src/api/contract/queries.ts';
import type { RefusedAllowed, ReproduceDecided } from '../../../src/api/contract/reproduce.ts';
import type {
  RuleBulkEffect,
  RuleEffect,
  RuleList,
  OneRule as RuleOnly,
} from '../../../src/api/contract/rules.ts';
import type { SymptomList } from '../../../src/api/contract/symptoms.ts';

export type { Pinned } from '../../../src/api/contract/addresses.ts';
export type { AuditEntry, AuditVerification, AuditWords } from '../../../src/api/contract/audit.ts';
export type { Effect } from '../../../src/api/contract/common.ts';
export type { ConfigurationPlan } from '../../../src/api/contract/configuration.ts';
export type { Denial } from '../../../src/api/contract/denials.ts';
export type { Check } from '../../../src/api/contract/doctor.ts';
export type { EventData, EventName, RuleEffectNews, Topic } from '../../../src/api/contract/events.ts';
export type { Explained } from '../../../src/api/contract/explain.ts';
export type { Firewall, FirewallDrift, PastRun } from '../../../src/api/contract/firewalls.ts';
export type { Group, Host, PlexDirectFound } from '../../../src/api/contract/groups.ts';
export type { HygieneReport } from '../../../src/api/contract/hygiene.ts';
export type { ImportResult } from '../../../src/api/contract/imports.ts';
export type { Interval } from '../../../src/api/contract/intervals.ts';
export type { LearnReport } from '../../../src/api/contract/learn.ts';
export type { Lease } from '../../../src/api/contract/leases.ts';
export type { GroupPreset, NeighbourList } from '../../../src/api/contract/presets.ts';
export type { ChangePreview } from '../../../src/api/contract/previews.ts';
export type { Query } from '../../../src/api/contract/queries.ts';
export type { ReplayResult } from '../../../src/api/contract/replay.ts';
export type { RefusedName, Reproduce } from '../../../src/api/contract/reproduce.ts';
export type { RuleRisks } from '../../../src/api/contract/risks.ts';
export type { RuleView } from '../../../src/api/contract/rules.ts';
export type { Series } from '../../../src/api/contract/series.ts';
export type { Session } from '../../../src/api/contract/session.ts';
export type { Status } from '../../../src/api/contract/status.ts';
export type { Symptom } from '../../../src/api/contract/symptoms.ts';
export type { Why } from '../../../src/api/contract/why.ts';

export type NameLooksAnswer = NameLooks;
export type NameLook = NameLooks['items'][number];
export type Presets = z.infer<typeof PresetList>;
export type PresetShown = z.infer<typeof PresetDetail>;
export type PresetChanged = z.infer<typeof PresetEffect>;
export type FileApplied = z.infer<typeof ConfigurationApplied>;
export type FileExport = z.infer<typeof ConfigurationExport>;
export type Audits = z.infer<typeof AuditPage>;
export type Denials = z.infer<typeof DenialPage>;
export type AllowRequest = z.input<typeof AllowDenial>;
export type Allowed = z.infer<typeof DenialAllowed>;
export type DoctorsList = z.infer<typeof Diagnosis>;
export type FirewallChanged = z.infer<typeof FirewallOnly>;
export type FirewallPlanned = z.infer<typeof FirewallPlan>;
export type FirewallSynced = z.infer<typeof FirewallRun>;
export type GroupChanged = z.infer<typeof GroupEffect>;
export type Hosts = z.infer<typeof HostList>;
export type Leases = z.infer<typeof LeaseList>;
export type Queries = z.infer<typeof QueryPage>;
export type Reverted = z.infer<typeof AuditReverted>;
export type RuleChanged = z.infer<typeof RuleEffect>;
export type RulesChanged = z.infer<typeof RuleBulkEffect>;
export type OneRule = z.infer<typeof RuleOnly>;
export type ReproducedAllowed = z.infer<typeof RefusedAllowed>;
export type ReproducedDecided = z.infer<typeof ReproduceDecided>;
export type Symptoms = z.infer<typeof SymptomList>;
export type Rules = z.infer<typeof RuleList>;
export type Runs = z.infer<typeof RunPage>;
export type PastLeases = z.infer<typeof PastLeaseList>;
export type Dropped = z.infer<typeof LeaseDropped>;
export type PinnedAddresses = z.infer<typeof PinnedList>;
export type PinChanged = z.infer<typeof PinnedEffect>;
export type QueryCounted = z.infer<typeof QueryCounts>;
