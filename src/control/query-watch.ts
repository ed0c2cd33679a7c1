import type { LiveQuery, NewsTeller } from '../actions/news.ts';
import type { Port } from '../plane/port.ts';
import type { FromTap, TappedLine, ToTap } from '../plane/query-tap.ts';

export interface QueryWatch {
  connect(port: Port<FromTap, ToTap>): void;
  disconnected(): void;
  want(wanted: boolean): void;
}

/** The control plane's end to the log thread: asks for live lines while somebody wants them, and tells them. */
export function createQueryWatch(
  news: NewsTeller,
  recordOf: (lines: readonly TappedLine[]) => readonly LiveQuery[],
): QueryWatch {
  let port: Port<FromTap, ToTap> | undefined;
  let wanted = false;
  return {
    connect(newPort) {
      port?.close();
      port = newPort;
      newPort.listen(({ rows, dropped }) => {
        if (port !== newPort) return;
        news.tell({ kind: 'queries', rows: recordOf(rows), dropped });
        newPort.post({ kind: 'taken' });
      });
      if (wanted) newPort.post({ kind: 'watch', on: true });
    },
    disconnected() {
      port = undefined;
    },
    want(now) {
      if (now === wanted) return;
      wanted = now;
      port?.post({ kind: 'watch', on: wanted });
    },
  };
}
