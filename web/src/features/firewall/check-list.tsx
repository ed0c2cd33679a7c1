import type { Check } from '../../api/types.ts';
import { firewallTexts } from '../../texts/en/firewall.ts';
import { GLYPHS, type Tone } from '../../ui/badge.tsx';

const TONES: Readonly<Record<Check['result'], Tone>> = {
  ok: 'good',
  failed: 'bad',
  unknown: 'warn',
  skipped: 'soft',
};

/** What was looked at, how it is, and what to do where it is wrong. */
export function CheckList({ checks }: { readonly checks: readonly Check[] }) {
  return (
    <ul className="plain checks">
      {checks.map(({ check, result, detail, remedy }) => (
        <li key={`${check} ${detail}`} className={`check check-${TONES[result]}`}>
          <span aria-hidden="true">{GLYPHS[TONES[result]]}</span>
          <div>
            <strong>{firewallTexts.checks[check] ?? check}</strong>{' '}
            <span className="soft">({firewallTexts.results[result]})</span>
            <div>{detail}</div>
            {remedy === undefined ? null : <div className="hint">{remedy}</div>}
          </div>
        </li>
      ))}
    </ul>
  );
}
