/** What a fault is, those that any server can have, and how others are switched on. */
import { type Mischief, renewed } from '../../../scripts/simulators/server.ts';
import { type Box, CERTIFIED_NAME, newCertificate, type Simulator } from './boxes.ts';

export interface Fault {
  /** Of firewall, and its version where several are tried. */
  readonly kind: string;
  /** The same words for the same thing, whatever the kind: docs/firewall-faults.md is made of them. */
  readonly fault: string;
  /** Makes the box, and the switch of its fault. */
  readonly make: () => Promise<{ readonly box: Box; readonly begin: () => void; readonly end: () => void }>;
  /** What the last error says while it lasts; absent: the table is as desired all the same. */
  readonly says?: RegExp;
  /** Nothing is answered: the run ends by its own limit. */
  readonly hangs?: true;
  /** Minutes after the end until it is noticed, where more than one: credentials that were refused are left alone. */
  readonly noticedInMin?: number;
}

/** What any server can do to its clients. */
export function ofAnyServer(
  kind: string,
  makeBox: (tls?: ReturnType<typeof newCertificate>) => Promise<Box<Simulator>>,
): readonly Fault[] {
  const mischief = (name: string, wrong: Mischief, more: Omit<Fault, 'kind' | 'fault' | 'make'>): Fault => ({
    kind,
    fault: name,
    make: async () => {
      const box = await makeBox();
      return {
        box,
        begin: () => box.simulator.misbehave(wrong),
        end: () => box.simulator.misbehave({}),
      };
    },
    ...more,
  });
  const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
  return [
    mischief('no answer at all', { stalled: true }, { says: /was not done after 120 s/, hangs: true }),
    mischief('a storm of 503', { storm: {} }, { says: /answered HTTP 503/ }),
    mischief('a storm of 503 that asks for a minute', { storm: { retryAfter: '60' } }, { says: /HTTP 503/ }),
    mischief(
      'a storm of 503 that asks for 31 years',
      { storm: { retryAfter: '999999999' } },
      {
        says: /HTTP 503/,
        noticedInMin: 10,
      },
    ),
    mischief('HTML with 200', { page: true }, { says: /with text\/html instead of JSON/ }),
    mischief('connections closed just as they are used', { closesAfter: 2 }, {}),
    mischief('answers cut short', { truncated: true }, { says: /with broken JSON/ }),
    mischief(
      'a connection reset after processing',
      { dropAnswerTo: ({ method, path }) => WRITES.has(method) && !path.includes('/list/') },
      {},
    ),
    {
      kind,
      fault: 'a certificate renewed with the same key',
      make: async () => {
        const old = newCertificate();
        const box = await makeBox(old);
        const { simulator } = box;
        return {
          box,
          begin: () => simulator.renewCertificate(renewed(old, CERTIFIED_NAME)),
          end: () => simulator.renewCertificate(old),
        };
      },
    },
    {
      kind,
      fault: 'a certificate with another key',
      make: async () => {
        const old = newCertificate();
        const box = await makeBox(old);
        const { simulator } = box;
        return {
          box,
          begin: () => simulator.renewCertificate(newCertificate()),
          end: () => simulator.renewCertificate(old),
        };
      },
      says: /shows the key sha256\/.*Nothing was sent.*set tls\.pin/,
    },
    {
      kind,
      fault: 'a reboot',
      make: async () => {
        const box = await makeBox();
        return { box, begin: () => box.byItself(() => box.simulator.reboot()), end: () => {} };
      },
    },
  ];
}

interface Switched {
  readonly simulator: { set(change: object): void };
}

export function switching<B extends Box & Switched, Switches extends object>(
  kind: string,
  makeBox: () => Promise<B>,
) {
  return (
    name: string,
    on: Partial<Switches>,
    off: Partial<Switches>,
    more: Omit<Fault, 'kind' | 'fault' | 'make'> = {},
  ): Fault => ({
    kind,
    fault: name,
    make: async () => {
      const box = await makeBox();
      return { box, begin: () => box.simulator.set(on), end: () => box.simulator.set(off) };
    },
    ...more,
  });
}

export function doing<B extends Box>(kind: string, makeBox: () => Promise<B>) {
  return (
    name: string,
    begin: (box: B) => void,
    end: (box: B) => void,
    more: Omit<Fault, 'kind' | 'fault' | 'make'> = {},
  ): Fault => ({
    kind,
    fault: name,
    make: async () => {
      const box = await makeBox();
      return { box, begin: () => begin(box), end: () => end(box) };
    },
    ...more,
  });
}

export const NOT_SHOWN = /the firewall said yes, but its table does not show/;
