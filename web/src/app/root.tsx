import { Outlet } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useServices } from '../api/context.ts';
import { useSession } from '../api/reads.ts';
import { SetUp } from '../features/sign-in/set-up.tsx';
import { SignIn } from '../features/sign-in/sign-in.tsx';
import { LoadingRows, ProblemCard } from '../ui/states.tsx';
import { Shell } from './shell.tsx';

/** Decides between set-up, sign-in and the screens. */
export function Root() {
  const { data: session, error, refetch } = useSession();
  const { live } = useServices();
  const signedIn = session?.signedIn === true;
  const [wasSignedIn, setWasSignedIn] = useState(false);

  useEffect(() => {
    if (!signedIn) return;
    setWasSignedIn(true);
    live.start();
    const stopWatching = watchVisibility(live);
    return () => {
      stopWatching();
      live.stop();
    };
  }, [signedIn, live]);

  if (session === undefined) {
    return (
      <main className="narrow">
        {error === null ? <LoadingRows /> : <ProblemCard error={error} onRetry={() => void refetch()} />}
      </main>
    );
  }
  if (signedIn) {
    return (
      <Shell>
        <Outlet />
      </Shell>
    );
  }
  return session.setUp || !session.signIn.password ? (
    <SignIn session={session} hasEnded={wasSignedIn} />
  ) : (
    <SetUp session={session} />
  );
}

/** A page nobody looks at holds no stream: a browser has six connections to a host, and a phone a battery. */
function watchVisibility(live: { start(): void; stop(): void }): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const look = () => {
    clearTimeout(timer);
    if (document.visibilityState === 'hidden') {
      timer = setTimeout(() => {
        stopped = true;
        live.stop();
      }, HIDDEN_MS);
    } else if (stopped) {
      stopped = false;
      live.start();
    }
  };
  document.addEventListener('visibilitychange', look);
  return () => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
  };
}

const HIDDEN_MS = 60_000;
