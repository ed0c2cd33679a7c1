/** Simulations in which something certain happens, in place of faults at random. */
import { makeFault, outage, type Stage } from './faults.ts';
import { HOUR, MINUTE, SECOND } from './world.ts';

export const STORIES = {
  /** Two hours to open what is wanted, twelve in which no upstream answers, and the time after. */
  'outage of twelve hours'(stage: Stage) {
    stage.timeline.after(2 * HOUR, () => {
      stage.watcher.happened('upstream outage');
      outage(stage, 'silence', 12 * HOUR);
      stage.timeline.after(12 * HOUR, () => void syncOnce(stage));
    });
  },
  'people change their minds'(stage: Stage) {
    repeat(stage, 5 * MINUTE, () => {
      stage.people.decide('revoke');
      for (const afterMs of [MINUTE, 2 * MINUTE, 3 * MINUTE])
        stage.timeline.after(afterMs, () => stage.people.decide('allow'));
    });
  },
  'firewalls that lie'(stage: Stage) {
    repeat(stage, 20 * MINUTE, () => makeFault(stage, 'firewall lies'));
  },
  /** Nobody is left who could say again what was asked for. */
  'restarts of everything'(stage: Stage) {
    repeat(stage, 30 * MINUTE, () => makeFault(stage, 'restarted'));
  },
  /** One of them puts the same address back whenever it is gone. */
  'people change the tables'(stage: Stage) {
    repeat(stage, 15 * MINUTE, () => makeFault(stage, 'person adds to a table'));
    repeat(stage, 5 * MINUTE, () => stage.firewalls[0]?.personAdds('203.0.113.254'));
  },
  /**
   * While learning nobody waits: what is told as its lease ends is still on its way to the ledger when the withdrawal is on its way to
   * the workers. Who enforces tells nothing any more by then.
   */
  'clients come back as leases end'({ design, clients, people, house, timeline, besides }: Stage) {
    const group = design.groups.find(({ name }) => name === 'home');
    if (group === undefined) throw new Error('nobody is at home');
    clients.quiet = true;
    house.wire.slowestMs = 2 * SECOND;
    while (people.decrees.latest.get(group.name)?.mode !== 'learn') people.decide('mode');
    for (const { name, ttlS } of design.names.values()) {
      if (design.wanted.get(group.name)?.includes(name) !== true || ttlS * SECOND > HOUR / 4) continue;
      const leaseMs = ttlS * SECOND + group.graceMs + Math.max(ttlS * SECOND, group.headroomMs);
      repeat({ timeline }, 3 * leaseMs, () => {
        clients.ask(group, name, 'A');
        const comesAfterMs = leaseMs + besides.between(-SECOND, SECOND / 2);
        timeline.after(comesAfterMs, () => clients.ask(group, name, 'A'));
      });
    }
  },
  /** Groups begin to enforce when they have learnt, and people have paused them in between. */
  'pauses while groups learn'(stage: Stage) {
    repeat(stage, 6 * MINUTE, () => stage.people.decide('pause'));
    repeat(stage, 15 * MINUTE, () => stage.people.decide('mode'));
  },
  'nothing goes wrong'() {},
} as const satisfies Readonly<Record<string, (stage: Stage) => void>>;

export type StoryName = keyof typeof STORIES;

export function storyOf(name: StoryName): (stage: Stage) => void {
  return STORIES[name];
}

/** After one sync each table is as it ought to be: nothing is left to add or to remove, but what may wait. */
async function syncOnce({ house, firewalls, watcher }: Stage): Promise<void> {
  const { control } = house;
  if (control === undefined) throw new Error('no control plane at the end of the outage');
  for (const { design, table } of firewalls) {
    const { outcome } = await control.sync.run(design.name);
    const { add, remove } = await control.sync.plan(design.name);
    // Where writes are dear, what nobody waits for is written twice a day.
    const isDone = add.length + remove.length === 0 || design.kind === 'dear';
    const isWanted = isDone && table.size > 0;
    watcher.happened(
      `after one sync: ${design.name} is ${isWanted ? 'as wanted' : `not as wanted: ${outcome}`}`,
    );
  }
}

function repeat(stage: Pick<Stage, 'timeline'>, everyMs: number, what: () => void): void {
  stage.timeline.after(everyMs, () => {
    repeat(stage, everyMs, what);
    what();
  });
}
