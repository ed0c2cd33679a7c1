import type { Status } from '../../api/types.ts';
import { withLocalTimes } from '../../lib/format-time.ts';
import { t } from '../../texts/texts.ts';

/** What does not work, each with what to do about it; nothing where all is well. */
export function Troubles({ status }: { readonly status: Status }) {
  const troubles = [
    ...status.warnings.map(withLocalTimes),
    ...status.listeners.flatMap(({ error, address, port, protocol }) =>
      error === undefined
        ? []
        : [
            `DNS ${t.path.notListening}: ${address} port ${port} (${protocol}): ${error.code}. ${error.remedy}`,
          ],
    ),
    ...status.upstreams.flatMap(({ id, state, lastError = '' }) =>
      state === 'down' ? [`${id}: ${t.path.upstreamDown}. ${lastError}`] : [],
    ),
    ...status.planes.flatMap(({ name, state }) => (state === 'crashed' ? [t.overview.crashed(name)] : [])),
  ];
  if (troubles.length === 0) return null;
  return (
    <section aria-label={t.overview.warnings}>
      {troubles.map((text) => (
        <p key={text} className="banner">
          <span aria-hidden="true">!</span> {text}
        </p>
      ))}
    </section>
  );
}
