import { Kbd, Switch } from '@mantine/core';
import '@mantine/core/styles/Kbd.css';
import '@mantine/core/styles/Switch.css';
import { t } from '../texts/texts.ts';
import { Dialog } from '../ui/dialog.tsx';
import { SCREENS } from './screens.ts';
import { useSingleKeysOn } from './shortcuts.ts';

export function ShortcutHelp({ onClose }: { readonly onClose: () => void }) {
  const [on, setOn] = useSingleKeysOn();
  return (
    <Dialog title={t.keys.title} onClose={onClose}>
      <div className="stack">
        <Switch label={t.keys.on} checked={on} onChange={(event) => setOn(event.currentTarget.checked)} />
        <KeyTable
          title={t.keys.groups.page}
          rows={[
            ['Ctrl K', t.keys.palette],
            ['?', t.keys.help],
            ['/', t.keys.filter],
          ]}
        />
        <KeyTable title={t.keys.groups.go} rows={SCREENS.map(({ key, title }) => [`g ${key}`, title])} />
        <KeyTable
          title={t.keys.groups.list}
          rows={[
            ['j', t.keys.next],
            ['k', t.keys.previous],
            ['x', t.keys.select],
            ['1', t.keys.allow15],
            ['2', t.keys.allow1h],
            ['3', t.keys.allow24h],
            ['a', t.keys.always],
            ['m', t.keys.mute],
          ]}
        />
      </div>
    </Dialog>
  );
}

function KeyTable({
  title,
  rows,
}: {
  readonly title: string;
  readonly rows: readonly (readonly [string, string])[];
}) {
  return (
    <section>
      <h3>{title}</h3>
      <dl className="keys">
        {rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
