import type { SetupStep } from './types.ts';

/** What keeps a step open, and what to do about it; nothing where nothing does. */
export function StepRemedy({ item }: { readonly item: SetupStep | undefined }) {
  if (item?.remedy === undefined) return null;
  return (
    <div className="banner" role="alert">
      <strong>{item.detail}</strong>
      <p>{item.remedy}</p>
    </div>
  );
}
