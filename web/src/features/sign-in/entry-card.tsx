import type { ReactNode } from 'react';
import { basePath } from '../../api/request.ts';
import { t } from '../../texts/texts.ts';

export function EntryCard({
  title,
  problem,
  children,
}: {
  readonly title: string;
  readonly problem: string;
  readonly children: ReactNode;
}) {
  return (
    <main className="narrow">
      <div className="brand brand-large">
        <img src={`${basePath()}/icon.svg`} alt="" width="40" height="40" />
        <span>{t.product}</span>
      </div>
      <div className="card stack">
        <h1>{title}</h1>
        <div role="alert">{problem === '' ? null : <p className="problem-text">{problem}</p>}</div>
        {children}
      </div>
    </main>
  );
}
