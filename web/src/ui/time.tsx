import { useEffect, useReducer } from 'react';
import { useServices } from '../api/context.ts';
import { countdown, relativeTime } from '../lib/format-time.ts';

/** "3 min ago", with the moment itself for who asks for it. */
export function Time({ at }: { readonly at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {relativeTime(Date.parse(at), now)}
    </time>
  );
}

/** What is left until then: 14:52. */
export function useCountdown(until: string | undefined): string {
  const now = useNow();
  return until === undefined ? '' : countdown(Date.parse(until) - now);
}

/** The server's time, a second at a time. */
export function useNow(): number {
  const { clock } = useServices();
  const [, tick] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, []);
  return clock.now();
}
