import { type PointerEvent, useState } from 'react';
import type { QueryCounted } from '../../api/types.ts';
import { logTexts } from '../../texts/en/log.ts';

type Part = QueryCounted['parts'][number];

/** How many questions there were over the time in view; drawing a span over it narrows the filter to that. The chips say the same by keyboard. */
export function Histogram({
  counts,
  onSpan,
}: {
  readonly counts: QueryCounted;
  readonly onSpan: (since: string, until: string) => void;
}) {
  const [span, setSpan] = useState<readonly [number, number]>();
  const { parts, since, until, questions } = counts;
  const most = Math.max(...parts.map(total), 1);
  const [begin, end] = [Date.parse(since), Date.parse(until)];
  const partAt = ({ clientX, currentTarget }: PointerEvent<SVGSVGElement>) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    return Math.min(Math.max(Math.floor(((clientX - left) / width) * parts.length), 0), parts.length - 1);
  };
  const chosen = span === undefined ? undefined : span.toSorted((a, b) => a - b);
  const finish = () => {
    setSpan(undefined);
    if (chosen === undefined) return;
    const [first = 0, last = 0] = chosen;
    const width = (end - begin) / parts.length;
    onSpan(new Date(begin + first * width).toISOString(), new Date(begin + (last + 1) * width).toISOString());
  };
  return (
    <figure className="histogram">
      <svg
        viewBox={`0 0 ${parts.length} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={logTexts.histogram(
          questions,
          parts.reduce((sum, { denied }) => sum + denied, 0),
        )}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          const part = partAt(event);
          setSpan([part, part]);
        }}
        onPointerMove={(event) => span !== undefined && setSpan([span[0], partAt(event)])}
        onPointerUp={finish}
        onPointerCancel={() => setSpan(undefined)}
      >
        {chosen === undefined ? null : (
          <rect
            className="histogram-span"
            x={chosen[0] ?? 0}
            width={(chosen[1] ?? 0) - (chosen[0] ?? 0) + 1}
            height={HEIGHT}
          />
        )}
        {/* One path a verdict, however many bars there are. */}
        <path
          className="bars-allowed"
          d={bars(
            parts,
            most,
            () => 0,
            ({ allowed }) => allowed,
          )}
        />
        <path
          className="bars-failed"
          d={bars(
            parts,
            most,
            ({ allowed }) => allowed,
            ({ failed }) => failed,
          )}
        />
        <path
          className="bars-denied"
          d={bars(
            parts,
            most,
            ({ allowed, failed }) => allowed + failed,
            ({ denied }) => denied,
          )}
        />
      </svg>
      <figcaption className="row small">
        <span>{new Date(begin).toLocaleString()}</span>
        <span className="end">{logTexts.found(questions)}</span>
        <span className="end">{new Date(end).toLocaleString()}</span>
      </figcaption>
    </figure>
  );
}

function total({ allowed, denied, failed }: Part): number {
  return allowed + denied + failed;
}

function bars(
  parts: readonly Part[],
  most: number,
  below: (part: Part) => number,
  value: (part: Part) => number,
): string {
  const scale = (HEIGHT - 2) / most;
  return parts
    .map((part, place) => {
      const height = value(part) * scale;
      if (height === 0) return '';
      const bottom = HEIGHT - below(part) * scale;
      return `M${place + 0.1} ${bottom.toFixed(2)}h0.8v${(-Math.max(height, LEAST)).toFixed(2)}h-0.8z`;
    })
    .join('');
}

/** Units of the picture, which is stretched to its place. */
const HEIGHT = 48;
/** One refusal among thousands of answers is to be seen. */
const LEAST = 1.5;
