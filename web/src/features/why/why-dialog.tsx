import { useWhy } from '../../api/reads.ts';
import { t } from '../../texts/texts.ts';
import { Dialog } from '../../ui/dialog.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { AddressAnswer } from './address-answer.tsx';
import { NameAnswer } from './name-answer.tsx';
import { textOf, type WhySubject } from './subject.ts';
import './why.css';

/** Why a name or an address can, or cannot, be reached. */
export function WhyDialog({
  subject,
  onClose,
}: {
  readonly subject: WhySubject;
  readonly onClose: () => void;
}) {
  const { data, error, refetch } = useWhy(subject);
  return (
    <Dialog wide title={t.why.title(textOf(subject))} onClose={onClose}>
      {data === undefined && error === null ? <LoadingRows /> : null}
      {error === null ? null : <ProblemCard error={error} onRetry={() => void refetch()} />}
      {data?.names?.map((one) => (
        <NameAnswer key={one.group} one={one} />
      ))}
      {data?.names?.length === 0 ? <p>{t.why.none}</p> : null}
      {data?.address === undefined ? null : <AddressAnswer one={data.address} />}
    </Dialog>
  );
}
