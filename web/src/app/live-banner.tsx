import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { useLiveState } from '../api/context.ts';
import { KEYS } from '../api/reads.ts';
import { Unreachable } from '../api/request.ts';
import { roughSpan } from '../lib/format-time.ts';
import { t } from '../texts/texts.ts';
import { useNow } from '../ui/time.tsx';

/** Says how old what is shown is, whenever it is not as of now. */
export function LiveBanner() {
  const live = useLiveState();
  const cache = useQueryClient();
  useIsFetching({ queryKey: KEYS.status });
  useNow();
  const status = cache.getQueryState(KEYS.status);
  const age = status === undefined ? 0 : Date.now() - status.dataUpdatedAt;
  if (status?.error instanceof Unreachable && status.dataUpdatedAt > 0) {
    return <Banner>{t.live.stale(roughSpan(age))}</Banner>;
  }
  const lostFor = Date.now() - live.since;
  if ((live.kind === 'lost' && lostFor > LOST_MS) || live.kind === 'polling') {
    return <Banner>{t.live.lost(roughSpan(lostFor))}</Banner>;
  }
  return null;
}

function Banner({ children }: { readonly children: string }) {
  return (
    <p className="banner" role="status">
      <span aria-hidden="true">!</span> {children}
    </p>
  );
}

/** Milliseconds: a stream that comes back within them was not missed. */
const LOST_MS = 3_000;
