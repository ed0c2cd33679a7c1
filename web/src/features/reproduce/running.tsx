import { Link } from '@tanstack/react-router';
import { countdown } from '../../lib/format-time.ts';
import { personOf } from '../../lib/person.ts';
import { reproduceTexts } from '../../texts/en/reproduce.ts';
import { useNow } from '../../ui/time.tsx';
import { useReproducing } from './reads.ts';
import './reproduce.css';

/** On other screens: that somebody is at it, with the way there. */
export function ReproduceRunning() {
  const now = useNow();
  return useReproducing(false).map(({ group, startedBy = '', markAt }) => (
    <p key={group} className="banner">
      <Link to="/refused" search={{}}>
        {reproduceTexts.title(group)}
      </Link>
      : {reproduceTexts.runningBy(personOf(startedBy))},{' '}
      <span className="numbers">{countdown(markAt === undefined ? 0 : now - Date.parse(markAt))}</span>
    </p>
  ));
}
