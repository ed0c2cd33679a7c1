import { Button } from '@mantine/core';
import { request } from '../../api/request.ts';
import type { Session } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { problemText } from '../../ui/states.tsx';

/** To whoever vouches for people; also before any password is set: an admin may come from there. */
export function ProviderButton({
  signIn: { provider },
  onProblem,
}: {
  readonly signIn: Session['signIn'];
  readonly onProblem: (text: string) => void;
}) {
  if (provider === undefined) return null;
  const go = async () => {
    try {
      const { location: next } = await request<{ readonly location: string }>('POST', '/session/oidc', {});
      location.assign(next);
    } catch (error) {
      onProblem(problemText(error));
    }
  };
  return (
    <Button variant="default" fullWidth onClick={() => void go()}>
      {t.signIn.provider(provider)}
    </Button>
  );
}
