import { NativeSelect } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useEffectStore } from '../../api/effects.ts';
import { request } from '../../api/request.ts';
import { useMayAdminister, useMayApprove } from '../../api/roles.ts';
import type { RuleChanged } from '../../api/types.ts';
import { refusedTexts } from '../../texts/en/refused.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { useNotice } from '../../ui/notices.tsx';
import { Section } from '../../ui/section.tsx';
import { problemText } from '../../ui/states.tsx';
import { useUndoAllow } from '../effects/change-rule.ts';
import { AllowSubmit } from '../names/allow-submit.tsx';
import { useNameLooks } from '../names/name-looks.ts';
import { NameWarning } from '../names/name-warning.tsx';
import { useSecondClick } from '../names/second-click.ts';
import { useAllowMany } from './decide-many.ts';
import type { DomainGroup } from './order.ts';
import type { RefusedSearch } from './search.ts';

/** Everything of one registrable domain, with what can be done about all of it. */
export function DomainCard({
  one,
  state,
  children,
}: {
  readonly one: DomainGroup;
  readonly state: RefusedSearch['state'];
  readonly children: ReactNode;
}) {
  const [isWidening, setWidening] = useState(false);
  const allow = useAllowMany();
  const [admin, approve] = [useMayAdminister(), useMayApprove()];
  const { domain, group, denials } = one;
  const about = (action: string) => t.actions.about(action, domain);
  return (
    <Section
      title={domain}
      aside={
        <span className="row">
          {group} · {refusedTexts.names(denials.length)}
          {state === 'waiting' && approve ? (
            <ActionButton
              label={about(refusedTexts.allowAll(denials.length))}
              onClick={() => allow.mutate(denials)}
            >
              {refusedTexts.allowAll(denials.length)}
            </ActionButton>
          ) : null}
          {state === 'waiting' && admin ? (
            <ActionButton
              variant="default"
              label={refusedTexts.allowDomain(domain)}
              onClick={() => setWidening(true)}
            >
              {refusedTexts.allowDomain(domain)}
            </ActionButton>
          ) : null}
        </span>
      }
    >
      {children}
      {isWidening ? <DomainDialog one={one} onClose={() => setWidening(false)} /> : null}
    </Section>
  );
}

/** One step more than a click, with what it would have answered. */
function DomainDialog({ one, onClose }: { readonly one: DomainGroup; readonly onClose: () => void }) {
  const { domain, group, denials } = one;
  const [time, setTime] = useState<string>('15m');
  const allow = useAllowDomain(one);
  const pattern = `.${domain}`;
  const looks = useNameLooks([pattern], group);
  const { look, submit, isLooking, error } = useSecondClick(pattern, group, looks.get(pattern));
  const allowIt = (event: FormEvent) => {
    event.preventDefault();
    submit(() => allow.mutate(time, { onSettled: onClose }));
  };
  return (
    <Dialog title={refusedTexts.domainTitle(domain)} onClose={onClose}>
      <form onSubmit={allowIt} className="stack">
        <p>{refusedTexts.domainText(domain)}</p>
        <ul className="name">
          {denials.slice(0, EXAMPLES).map(({ id, name }) => (
            <li key={id}>{name}</li>
          ))}
        </ul>
        <NameWarning look={look} />
        {error === null ? null : <p className="problem-text">{problemText(error)}</p>}
        <NativeSelect
          label={refusedTexts.domainFor}
          value={time}
          onChange={(event) => setTime(event.currentTarget.value)}
          data={Object.entries(refusedTexts.domainTimes).map(([value, label]) => ({ value, label }))}
          data-autofocus
        />
        <DialogActions onClose={onClose}>
          <AllowSubmit look={look} loading={allow.isPending || isLooking}>
            {refusedTexts.domainAllow}
          </AllowSubmit>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function useAllowDomain({ domain, group, denials: [denial] }: DomainGroup) {
  const cache = useQueryClient();
  const tell = useNotice();
  const { follow } = useEffectStore();
  const undo = useUndoAllow();
  return useMutation({
    mutationFn: (time: string) =>
      request<RuleChanged>('POST', '/rules', { group, allow: `.${domain}`, for: time }),
    onSuccess(added) {
      if (denial !== undefined) follow({ ...added, denial });
      tell({ text: refusedTexts.domainAllowed(domain), undo: () => undo.mutate(added) });
    },
    onError: (error) => tell({ text: problemText(error), kind: 'problem' }),
    onSettled: () => void cache.invalidateQueries(),
  });
}

const EXAMPLES = 5;
