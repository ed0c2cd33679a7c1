import { domainsTexts } from '../../texts/en/domains.ts';
import { Time, useNow } from '../../ui/time.tsx';

/** Refusals are counted by the day (UTC), so that of a rule that denies only the day of its last use is known: its first moment. */
export function LastUse({ at }: { readonly at: string }) {
  const now = useNow();
  const moment = Date.parse(at);
  if (moment % DAY_MS !== 0) return <Time at={at} />;
  const day = at.slice(0, 'YYYY-MM-DD'.length);
  return <time dateTime={day}>{now - moment < DAY_MS ? domainsTexts.usedToday : day}</time>;
}

const DAY_MS = 86_400_000;
