import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useState } from 'react';
import { type PageServices, PageServicesContext } from '../api/context.ts';
import { createEffectStore, EffectStoreContext } from '../api/effects.ts';
import { followLive } from '../api/follow.ts';
import { createLive } from '../api/live.ts';
import { KEYS } from '../api/reads.ts';
import { apiUrl, metaContent, Refused } from '../api/request.ts';
import { createServerClock } from '../api/server-clock.ts';
import { NoticeProvider } from '../ui/notices.tsx';
import { createPageRouter } from './router.tsx';
import { cssVariablesResolver, theme } from './theme.ts';

/** Everything the screens stand on, made once. */
export function Page() {
  const [{ services, cache, effects, router }] = useState(createPage);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      defaultColorScheme="auto"
      getStyleNonce={() => metaContent('style-nonce')}
    >
      <PageServicesContext value={services}>
        <QueryClientProvider client={cache}>
          <EffectStoreContext value={effects}>
            <NoticeProvider>
              <RouterProvider router={router} />
            </NoticeProvider>
          </EffectStoreContext>
        </QueryClientProvider>
      </PageServicesContext>
    </MantineProvider>
  );
}

function createPage() {
  const clock = createServerClock();
  const live = createLive({
    url: (topics, lastEventId) =>
      apiUrl(`/events?topics=${topics.join(',')}${lastEventId === '' ? '' : `&lastEventId=${lastEventId}`}`),
  });
  const services: PageServices = { live, clock };
  const cache: QueryClient = new QueryClient({
    defaultOptions: {
      queries: {
        // What was refused will be refused again; what was not answered is asked again by whoever polls.
        retry: false,
        staleTime: 1_000,
        // A page in the background asks nothing; the stream tells it when it is back.
        refetchIntervalInBackground: false,
      },
    },
  });
  const lookAgain = (error: unknown) => {
    if (isSignedOut(error)) void cache.invalidateQueries({ queryKey: KEYS.session });
  };
  cache.getQueryCache().subscribe(({ type, query }) => {
    if (type === 'updated' && query.state.status === 'error') lookAgain(query.state.error);
  });
  cache.getMutationCache().subscribe(({ type, mutation }) => {
    if (type === 'updated' && mutation.state.status === 'error') lookAgain(mutation.state.error);
  });
  const effects = createEffectStore(services);
  followLive(services, cache, effects);
  return { services, cache, effects, router: createPageRouter() };
}

function isSignedOut(error: unknown): boolean {
  return error instanceof Refused && (error.code === 'not-signed-in' || error.code === 'setup-needed');
}
