import type { Status } from '../../api/types.ts';
import { setupTexts } from '../../texts/en/setup.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { CopyBlock } from '../../ui/copy-block.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { CheckList } from '../firewall/check-list.tsx';
import { firstHost, protectedGroups } from './places.ts';
import { useLook } from './reads.ts';

/** Whether the host can go around Sallyport: the host alone can tell, and here is what to run there. */
export function LeaksStep({ status }: { readonly status: Status }) {
  const look = useLook();
  const { leaks } = setupTexts;
  const [group] = protectedGroups(status);
  return (
    <>
      <p>{leaks.text}</p>
      <CopyBlock label={setupTexts.names.leaks} text={leaks.commands(firstHost(status))} words={setupTexts} />
      <p className="small">{leaks.learning}</p>
      {group === undefined ? null : (
        <div className="row">
          <ActionButton
            variant="default"
            loading={look.isPending}
            label={leaks.look}
            onClick={() => look.mutate({ client: group.name })}
          >
            {leaks.look}
          </ActionButton>
        </div>
      )}
      {look.isPending ? <LoadingRows rows={3} height={40} /> : null}
      {look.error === null ? null : <ProblemCard error={look.error} />}
      {look.data === undefined ? null : (
        <CheckList checks={look.data.items.filter((check) => check.group !== undefined)} />
      )}
    </>
  );
}
