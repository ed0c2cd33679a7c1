import type { Status } from '../../api/types.ts';
import { t } from '../../texts/texts.ts';
import { GLYPHS } from '../../ui/badge.tsx';
import { Section } from '../../ui/section.tsx';
import { useHeard } from './heard.ts';
import { hopsOf } from './hops.ts';

/** Server → DNS → rules → open addresses → firewall, each with how it is. */
export function QuestionPath({ status }: { readonly status: Status }) {
  const heard = useHeard(status.groups);
  return (
    <Section title={t.overview.path}>
      <ol className="path card">
        {hopsOf(status, heard).map(({ title, tone, detail }) => (
          <li key={title} className="hop">
            <span className={`dot dot-${tone}`} aria-hidden="true">
              {GLYPHS[tone]}
            </span>
            <strong>{title}</strong>
            <span className="small">{detail}</span>
          </li>
        ))}
      </ol>
    </Section>
  );
}
