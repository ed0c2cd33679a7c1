/**
 * What Sallyport promises (docs/promises.md), and whether it holds right now, each in one sentence. Pure.
 * Nothing here is claimed that was not counted or read.
 */
import type { Enforcement } from './enforcement.ts';
import type { FirewallReport } from './ports.ts';

export interface PromiseFacts {
  readonly groups: readonly { readonly name: string; readonly enforcement: Enforcement }[];
  readonly counters: {
    readonly denied: number;
    readonly toldUnconfirmed: number;
    readonly toldOverBudget: number;
    readonly held: number;
    readonly droppedLogLines: number;
    readonly droppedDenials: number;
    readonly cutShort: number;
    readonly endedInOutage: number;
  };
  readonly firewalls: readonly Pick<FirewallReport, 'name' | 'status' | 'unexplained' | 'wider'>[];
  readonly planes: readonly { readonly name: string; readonly state: string; readonly restarts: number }[];
  readonly ledger: LedgerFacts;
}

export interface LedgerFacts {
  /** Leases that end before what a client was told. */
  readonly endsBeforeTold: number;
  /** Addresses kept open because their names' upstreams fail. */
  readonly keptThroughOutage: number;
  /** When the oldest lease that is still known began; undefined: there is none yet. */
  readonly historySince: number | undefined;
  /** What the database last refused to take; undefined: nothing. */
  readonly storageProblem: string | undefined;
}

export interface PromiseReport {
  readonly id: 'P1' | 'P2' | 'P3' | 'P4' | 'P5' | 'P6' | 'P7';
  readonly holds: boolean;
  readonly sentence: string;
  readonly counters: Readonly<Record<string, number>>;
}

export function reportPromises(facts: PromiseFacts): readonly PromiseReport[] {
  return [
    nothingUnallowedResolves(facts),
    nothingUnjustifiedIsOpen(facts),
    nothingAnsweredIsClosed(facts),
    leasesOutliveAnswers(facts),
    failureNeverEmpties(facts),
    namesResolveWithoutManagement(facts),
    everythingIsExplained(facts),
  ];
}

function nothingUnallowedResolves({ groups, counters }: PromiseFacts): PromiseReport {
  const filtering = groups.filter(({ enforcement }) => isFiltered(enforcement));
  const open = groups.filter(({ enforcement }) => !isFiltered(enforcement));
  const refused = `${questions(counters.denied)} refused before any upstream saw ${counters.denied === 1 ? 'it' : 'them'}`;
  return {
    id: 'P1',
    holds: groups.length > 0 && open.length === 0,
    sentence:
      groups.length === 0
        ? 'No host is protected yet; whoever asks is refused.'
        : open.length === 0
          ? `Nothing unallowed resolves: ${refused}.`
          : `Names nobody allowed are answered for ${names(open)}, which ${open.length === 1 ? 'does' : 'do'} not enforce; ${refused}.`,
    counters: { refused: counters.denied, enforcingGroups: filtering.length, otherGroups: open.length },
  };
}

function isFiltered({ state }: Enforcement): boolean {
  return state === 'enforced' || state === 'names-only';
}

function nothingUnjustifiedIsOpen({ firewalls }: PromiseFacts): PromiseReport {
  const guilty = firewalls.filter(({ unexplained }) => unexplained > 0);
  const wide = firewalls.filter(({ wider }) => wider.length > 0);
  const unread = firewalls.filter(({ status }) => status.lastSuccessAt === undefined);
  const sum = total(guilty.map(({ unexplained }) => unexplained));
  const unexplained = `${addresses(sum)} without a cause, or long past ${sum === 1 ? 'its' : 'their'} end, on ${names(guilty)}; see sallyport firewalls.`;
  return {
    id: 'P2',
    holds: firewalls.length > 0 && guilty.length + wide.length + unread.length === 0,
    sentence:
      firewalls.length === 0
        ? 'No firewall is connected: what is open elsewhere is not known.'
        : wide.length > 0
          ? `${names(wide)} ${wide.length === 1 ? 'holds' : 'hold'} more than single addresses (${named(wide.flatMap(({ wider }) => wider))}), which Sallyport neither opened nor removes.`
          : guilty.length > 0
            ? `The last read showed ${unexplained}`
            : unread.length > 0
              ? `What is open on ${names(unread)} has not been read yet.`
              : 'Nothing unjustified is open: each address of the last read has its cause.',
    counters: {
      unexplained: sum,
      wider: total(wide.map(({ wider }) => wider.length)),
      unreadFirewalls: unread.length,
    },
  };
}

function nothingAnsweredIsClosed({ groups, counters }: PromiseFacts): PromiseReport {
  const enforced = groups.filter(({ enforcement }) => enforcement.state === 'enforced').length;
  const { toldUnconfirmed, toldOverBudget, held } = counters;
  const overBudget = toldOverBudget === 0 ? '' : ` (${toldOverBudget} because its write budget was spent)`;
  const waited = `${held} ${held === 1 ? 'answer' : 'answers'} waited for the firewall`;
  return {
    id: 'P3',
    holds: enforced > 0 && toldUnconfirmed === 0,
    sentence:
      enforced === 0
        ? 'No answer is confirmed by a firewall: addresses are NOT enforced.'
        : toldUnconfirmed === 0
          ? `Nothing answered is closed: ${waited}, none was told before it was read back.`
          : `${answers(toldUnconfirmed)} told before the firewall was read to hold ${toldUnconfirmed === 1 ? 'its' : 'their'} addresses${overBudget}; ${waited}. Strict mode (\`onHoldLimit: servfail\`) tells none.`,
    counters: { toldUnconfirmed, toldOverBudget, held },
  };
}

function leasesOutliveAnswers({ counters, ledger: { endsBeforeTold } }: PromiseFacts): PromiseReport {
  const { cutShort } = counters;
  const parts = [
    ...(endsBeforeTold === 0
      ? []
      : [
          `${addresses(endsBeforeTold)} will close before clients were told to stop using ${endsBeforeTold === 1 ? 'it' : 'them'}`,
        ]),
    ...(cutShort === 0
      ? []
      : [
          `${addresses(cutShort)} that clients were told ${cutShort === 1 ? 'is' : 'are'} held for less than that and the grace, or not at all`,
        ]),
  ];
  return {
    id: 'P4',
    holds: parts.length === 0,
    sentence:
      parts.length === 0
        ? 'Every open address outlives what clients were told of it.'
        : `${parts.join('; ')}.`,
    counters: { endsBeforeTold, cutShort },
  };
}

function failureNeverEmpties({
  firewalls,
  counters: { endedInOutage },
  ledger: { keptThroughOutage },
}: PromiseFacts): PromiseReport {
  const held = firewalls.filter(({ status }) => status.heldPlan !== undefined);
  const removals = total(held.map(({ status }) => status.heldPlan?.removals.length ?? 0));
  const parts = [
    ...(keptThroughOutage === 0 ? [] : [`${addresses(keptThroughOutage)} kept open while upstreams fail`]),
    ...(removals === 0
      ? []
      : [`the removal of ${addresses(removals)} from ${names(held)} waits for your OK`]),
  ];
  const emptied = firewalls.filter(({ status }) => status.unexplainedRemovals > 0);
  const unexplainedRemovals = total(emptied.map(({ status }) => status.unexplainedRemovals));
  const broken = [
    ...(endedInOutage === 0 ? [] : [`${addresses(endedInOutage)} closed while upstreams failed`]),
    ...(unexplainedRemovals === 0
      ? []
      : [`${addresses(unexplainedRemovals)} removed from ${names(emptied)} for no reason that is known`]),
  ];
  return {
    id: 'P5',
    // What is kept, and what is held, is this promise at work.
    holds: broken.length === 0,
    sentence:
      broken.length > 0
        ? `Since the start: ${[...broken, ...parts].join('; ')}.`
        : parts.length === 0
          ? 'Failure never empties: nothing has to be kept or held now.'
          : `Failure never empties: ${parts.join('; ')}.`,
    counters: { keptThroughOutage, heldRemovals: removals, endedInOutage, unexplainedRemovals },
  };
}

function namesResolveWithoutManagement({ planes, ledger: { storageProblem } }: PromiseFacts): PromiseReport {
  const restarts = total(planes.map((plane) => plane.restarts));
  const data = planes.find(({ name }) => name === 'data');
  const resolves = data === undefined || data.state === 'running';
  const away = planes.filter(({ state }) => state !== 'running' && state !== 'resting');
  const trouble = [
    ...(away.length === 0 ? [] : [`${names(away)} ${away.length === 1 ? 'is' : 'are'} being restarted`]),
    ...(storageProblem === undefined ? [] : ['the database takes no writes']),
    ...(restarts === 0
      ? []
      : [`${restarts} ${restarts === 1 ? 'thread was' : 'threads were'} restarted since the start`]),
  ];
  const what = resolves
    ? 'Confirmed names resolve whatever happens to management'
    : 'Names do not resolve now';
  return {
    id: 'P6',
    holds: resolves,
    sentence: `${what}${trouble.length === 0 ? '' : `; ${trouble.join('; ')}`}.`,
    counters: { restarts, awayThreads: away.length },
  };
}

function everythingIsExplained({ counters, ledger }: PromiseFacts): PromiseReport {
  const { historySince, storageProblem } = ledger;
  const { droppedLogLines, droppedDenials } = counters;
  const lost = droppedLogLines + droppedDenials;
  const since =
    historySince === undefined
      ? 'no name has opened anything yet'
      : `since ${new Date(historySince).toISOString()}`;
  return {
    id: 'P7',
    holds: lost === 0 && storageProblem === undefined,
    sentence:
      storageProblem !== undefined
        ? `What happens now cannot be written down: ${storageProblem}.`
        : lost > 0
          ? `${lost} ${lost === 1 ? 'line' : 'lines'} of the log or of refused names lost; what was opened can be explained (${since}).`
          : `Every decision can be explained: ${since}, for 13 months.`,
    counters: { droppedLogLines, droppedDenials },
  };
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, n) => sum + n, 0);
}

function names(list: readonly { readonly name: string }[]): string {
  return list.map(({ name }) => name).join(', ');
}

/** Entries named in one sentence. */
const NAMED = 3;

function named(entries: readonly string[]): string {
  const more = entries.length > NAMED ? ` and ${entries.length - NAMED} more` : '';
  return `${entries.slice(0, NAMED).join(', ')}${more}`;
}

const addresses = (n: number) => `${n} ${n === 1 ? 'address' : 'addresses'}`;
const answers = (n: number) => `${n} ${n === 1 ? 'answer was' : 'answers were'}`;
const questions = (n: number) => `${n} ${n === 1 ? 'question was' : 'questions were'}`;
