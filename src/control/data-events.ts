import type { NewsTeller } from '../actions/news.ts';
import type { AnswerInbox } from './answer-inbox.ts';
import type { DataEvent, DataLink } from './data-link.ts';
import type { Health } from './health.ts';
import type { Recorder } from './recorder.ts';
import type { Warming } from './warm.ts';

export interface EventTakers {
  readonly inbox: Pick<AnswerInbox, 'sightings' | 'leases'>;
  readonly warming: Pick<Warming, 'asked'>;
  readonly recorder: Pick<Recorder, 'denials' | 'hosts'>;
  readonly link: Pick<DataLink, 'send'>;
  readonly news: NewsTeller;
  readonly onHealth: (health: Health) => void;
}

/** Hands what the data plane tells to whoever looks after it. */
export function takeEvent(event: DataEvent, takers: EventTakers): void {
  const { inbox, warming, recorder, link, news, onHealth } = takers;
  switch (event.kind) {
    case 'sightings':
      inbox.sightings(event.batch);
      break;
    case 'leases':
      inbox.leases(event.batch);
      break;
    case 'asked':
      warming.asked(event.batch);
      break;
    case 'denials':
      recorder.denials(event.batch);
      news.tell({ kind: 'denials', batch: event.batch });
      void link.send({ kind: 'taken' });
      break;
    case 'hosts':
      recorder.hosts(event.batch);
      void link.send({ kind: 'taken' });
      break;
    case 'health':
      onHealth(event);
      break;
  }
}
