/**
 * Parts of the page that are loaded when they are needed. A new build has other files, and a server may be away: what cannot be
 * loaded is replaced by a part that says so, and everything around it goes on.
 *
 * It stays replaced until the page is loaded anew: half of it may have arrived, and a browser that was once told that a file is
 * not there may not ask again.
 */
import { useMutation } from '@tanstack/react-query';
import { type ComponentType, lazy, Suspense } from 'react';
import { request } from '../api/request.ts';
import { t } from '../texts/texts.ts';
import { ActionButton } from './action-button.tsx';
import { Dialog } from './dialog.tsx';
import { useTitle } from './page-title.ts';
import { ProblemLine } from './states.tsx';

interface DialogProps {
  readonly onClose: () => void;
}

export function dialogLater<Props extends DialogProps>(
  load: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  const Loaded = lazy(async () => ({ default: await loadOr<ComponentType<Props>>(load, MissingDialog) }));
  return (props) => (
    <Suspense fallback={<OnItsWay />}>
      <Loaded {...props} />
    </Suspense>
  );
}

/** Keys that are typed before the dialog has come are meant for it, and for nothing behind it. */
function OnItsWay() {
  return <div role="dialog" hidden />;
}

/** The part, or what stands in for it where it cannot be loaded. */
export async function loadOr<Part>(load: () => Promise<Part>, missing: Part): Promise<Part> {
  try {
    return await load();
  } catch {
    // Which file, and why, stands in the browser's console; here is said what to do about it.
    return missing;
  }
}

export function MissingScreen() {
  useTitle(t.missing.title);
  return (
    <>
      <h1>{t.missing.title}</h1>
      <MissingPart />
    </>
  );
}

function MissingDialog({ onClose }: DialogProps) {
  return (
    <Dialog title={t.missing.title} onClose={onClose}>
      <MissingPart />
    </Dialog>
  );
}

function MissingPart() {
  const again = useMutation({
    // Of a Sallyport that is away the browser would show a page of its own, and nothing here would be left.
    mutationFn: () => request('GET', '/session'),
    onSuccess: () => location.reload(),
  });
  return (
    <div className="stack">
      <p>{t.missing.text}</p>
      <ProblemLine error={again.error} />
      <div className="row">
        <ActionButton
          data-autofocus
          loading={again.isPending}
          label={t.missing.again}
          onClick={() => again.mutate()}
        >
          {t.missing.again}
        </ActionButton>
      </div>
    </div>
  );
}
