import type { ChangePreview } from '../../api/types.ts';
import { domainsTexts } from '../../texts/en/domains.ts';

/** Addresses that a change would close, each with the names it was open for. */
export function Closings({ closes }: Pick<ChangePreview, 'closes'>) {
  return (
    <div role="status" className="stack">
      <p>{domainsTexts.closes(closes.length)}</p>
      {closes.length === 0 ? null : (
        <ul className="plain small">
          {closes.slice(0, SHOWN).map(({ address, group, names, firewalls }) => (
            <li key={`${group} ${address}`}>
              <code>{address}</code> {names.join(', ')}
              {firewalls.length === 0 ? '' : ` · ${firewalls.join(', ')}`}
            </li>
          ))}
          {closes.length > SHOWN ? <li>+{closes.length - SHOWN}</li> : null}
        </ul>
      )}
    </div>
  );
}

const SHOWN = 50;
