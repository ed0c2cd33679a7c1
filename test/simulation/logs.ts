/** What the planes write: the log of the house, and the lines of the query log. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { formatDomainName } from '../../src/base/domain-name.ts';
import type { Log } from '../../src/base/log.ts';
import type { Port } from '../../src/plane/port.ts';
import type { LogBatch, LogLine } from '../../src/plane/protocol.ts';
import type { Life } from './life.ts';

/** Nothing is written; what the product logs as an error with a stack is a bug of its own, unless it has just crashed. */
export function logOf(life: Life, failed: (bug: Error) => void): Log {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      const line: unknown = JSON.parse(String(chunk));
      const isBug = typeof line === 'object' && line !== null && 'err' in line;
      if (isBug && life.alive) failed(new Error(String(chunk)));
      done();
    },
  });
  return pino({ level: 'error' }, stream);
}

/** The log thread: one that always keeps up. */
export function logThread(
  life: Life,
  logged: (line: LogLine) => void,
): Port<{ readonly seq: number }, LogBatch> {
  let onTaken: (taken: { readonly seq: number }) => void = () => undefined;
  return {
    post({ lines }) {
      if (life.alive) for (const line of lines) logged(line);
      onTaken({ seq: 0 });
    },
    listen: (taken) => {
      onTaken = taken;
    },
    close: () => undefined,
  };
}

/** What a line of the query log has in common with the reply it is about. */
export function keyOf(at: number, client: string, name: string, type: number): string {
  return `${at} ${client} ${name} ${type}`;
}

export function keyOfLine({ at, client, name, qtype }: LogLine): string {
  return keyOf(at, client, formatDomainName(name).replace(/\.$/, ''), qtype);
}
