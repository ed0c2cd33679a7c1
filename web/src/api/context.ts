import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Live, LiveState } from './live.ts';
import type { ServerClock } from './server-clock.ts';

export interface PageServices {
  readonly live: Live;
  readonly clock: ServerClock;
}

export const PageServicesContext = createContext<PageServices | undefined>(undefined);

export function useServices(): PageServices {
  const services = useContext(PageServicesContext);
  if (services === undefined) throw new Error('there is no PageServicesContext around this component');
  return services;
}

export function useLiveState(): LiveState {
  const { live } = useServices();
  return useSyncExternalStore(live.subscribe, live.state);
}
