import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useMayAdminister } from '../../api/roles.ts';
import type { RuleView } from '../../api/types.ts';
import { domainsTexts } from '../../texts/en/domains.ts';
import { t } from '../../texts/texts.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Echoed } from '../../ui/echoed.tsx';
import { Fact } from '../../ui/fact.tsx';
import { Lock } from '../../ui/lock.tsx';
import { Time } from '../../ui/time.tsx';
import { useRenewRule } from '../effects/change-rule.ts';
import { useNameLooks } from '../names/name-looks.ts';
import { NameWarning } from '../names/name-warning.tsx';
import { useEndRules, useSaveNote } from './change-rules.ts';
import { LastUse } from './last-use.tsx';
import { AsYaml, History, Matches, OpenFor, SharedWith } from './rule-facts.tsx';
import type { RuleUse } from './rule-uses.ts';
import { isLocked } from './select-rules.ts';

/** One rule: where it is from, what it let through and opens now, what was done to it, and what can be done about it. */
export function RuleDialog({
  rule,
  use,
  onClose,
}: {
  readonly rule: RuleView;
  readonly use: RuleUse | undefined;
  readonly onClose: () => void;
}) {
  const { pattern, action, group, note, types, createdBy, createdAt, place, preset } = rule;
  const admin = useMayAdminister();
  const looks = useNameLooks(action === 'allow' ? [pattern] : [], group);
  const mayChange = admin && !isLocked(rule);
  return (
    <Dialog wide title={pattern} onClose={onClose}>
      <div className="stack">
        {mayChange || note === '' ? null : (
          <p>
            <Echoed text={note} />
          </p>
        )}
        {place === undefined ? null : (
          <p className="hint">
            <Lock /> {domainsTexts.managed(place)}
          </p>
        )}
        <NameWarning look={looks.get(pattern)} />
        <dl className="facts">
          <Fact term={domainsTexts.action}>{action === 'deny' ? domainsTexts.deny : domainsTexts.allow}</Fact>
          <Fact term={domainsTexts.columns.group}>{group}</Fact>
          <Fact term={domainsTexts.types}>{types.join(', ')}</Fact>
          <Fact term={domainsTexts.createdBy}>
            {preset === undefined ? createdBy : domainsTexts.preset(preset)}
          </Fact>
          <Fact term={domainsTexts.createdAt}>
            <Time at={createdAt} />
          </Fact>
          <Fact term={domainsTexts.lastUsed}>
            {use?.lastAt === undefined ? (
              domainsTexts.notUsedYet
            ) : (
              <>
                <LastUse at={use.lastAt} />, {domainsTexts.usedTimes(use.uses)}
              </>
            )}
          </Fact>
        </dl>
        {mayChange ? <Note rule={rule} /> : null}
        <OpenFor rule={rule} />
        <SharedWith rule={rule} />
        <Matches rule={rule} />
        <History rule={rule} />
        <AsYaml rule={rule} />
        {mayChange ? <Actions rule={rule} onClose={onClose} /> : null}
      </div>
    </Dialog>
  );
}

function Note({ rule }: { readonly rule: RuleView }) {
  const [note, setNote] = useState(rule.note);
  const save = useSaveNote();
  return (
    <form
      className="row note-form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ rule, note });
      }}
    >
      <TextInput
        label={domainsTexts.note}
        placeholder={domainsTexts.notePlaceholder}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        maxLength={500}
        className="grow"
      />
      {note === rule.note ? null : (
        <Button type="submit" variant="default" loading={save.isPending}>
          {domainsTexts.saveNote}
        </Button>
      )}
    </form>
  );
}

function Actions({ rule, onClose }: { readonly rule: RuleView; readonly onClose: () => void }) {
  const { pattern, expiresAt } = rule;
  const renew = useRenewRule();
  const end = useEndRules();
  return (
    <div className="row row-end">
      {expiresAt === undefined ? null : (
        <ActionButton
          size="sm"
          label={t.actions.about(domainsTexts.promote, pattern)}
          onClick={() => {
            renew.mutate({ rule, to: 'always' });
            onClose();
          }}
        >
          {domainsTexts.promote}
        </ActionButton>
      )}
      <ActionButton
        size="sm"
        color="red"
        loading={end.isPending}
        label={t.actions.about(domainsTexts.end, pattern)}
        onClick={() => end.mutate([rule], { onSettled: onClose })}
      >
        {domainsTexts.end}
      </ActionButton>
    </div>
  );
}
