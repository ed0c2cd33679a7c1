import { setupTexts } from '../../texts/en/setup.ts';
import type { SetupStep } from './types.ts';

export function DoneStep({ items }: { readonly items: readonly SetupStep[] }) {
  const { done, names, states } = setupTexts;
  return (
    <>
      <p>{done.text}</p>
      <ul className="plain checks">
        {items.map(({ step, state, detail }) => (
          <li key={step} className={state === 'done' ? 'check check-good' : 'check check-warn'}>
            <span aria-hidden="true">{state === 'done' ? '✓' : '!'}</span>
            <div>
              <strong>{names[step]}</strong> <span className="soft">({states[state]})</span>
              <div>{detail}</div>
            </div>
          </li>
        ))}
      </ul>
      <p className="small">{done.again}</p>
    </>
  );
}
