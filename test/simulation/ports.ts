/** Channels between the planes: slow at times, in order within one direction but for acknowledgements, and silent once an end has crashed. */
import type { Port } from '../../src/plane/port.ts';
import type { Chance } from './chance.ts';
import type { Life } from './life.ts';
import type { Timeline } from './timeline.ts';

/** Changes what one direction carries; undefined: the message is lost. */
export type Tamper<Message> = (message: Message) => Message | undefined;

export interface Wire {
  /** Milliseconds a message may take at most, for now. */
  slowestMs: number;
  /** True while acknowledgements overtake each other, and some come twice. */
  acknowledgesAnyhow: boolean;
}

/** Milliseconds a message takes when nothing is wrong. */
export const ORDINARY_DELAY_MS = 3;

/** Milliseconds that an acknowledgement is late for no reason; a control plane that waits for one gives up after five seconds. */
const LATE_ACK_MS = 2000;

export interface End {
  readonly life: Life;
}

/** Two ends of one channel. */
export function joinPlanes<A extends { readonly kind: string }, B extends { readonly kind: string }>(
  { timeline, chance, wire }: { readonly timeline: Timeline; readonly chance: Chance; readonly wire: Wire },
  left: End,
  right: End,
): readonly [Port<A, B>, Port<B, A>] {
  const toRight = direction<B>(timeline, chance, wire, left, right);
  const toLeft = direction<A>(timeline, chance, wire, right, left);
  return [
    { post: toRight.post, listen: toLeft.listen, close: toLeft.close },
    { post: toLeft.post, listen: toRight.listen, close: toRight.close },
  ];
}

function direction<Message extends { readonly kind: string }>(
  timeline: Timeline,
  chance: Chance,
  wire: Wire,
  from: End,
  to: End,
) {
  let listener: ((message: Message) => void) | undefined;
  let early: Message[] = [];
  let lastAt = 0;
  let isClosed = false;
  const arrive = (message: Message) => {
    if (isClosed || !to.life.alive) return;
    if (listener === undefined) early.push(message);
    else listener(message);
  };
  return {
    post(message: Message): void {
      if (!from.life.alive) return;
      const delayMs = chance.between(0, wire.slowestMs);
      if (wire.acknowledgesAnyhow && message.kind === 'ack') {
        timeline.after(delayMs + chance.between(0, LATE_ACK_MS), () => arrive(message));
        if (chance.happens(0.3)) timeline.after(delayMs + LATE_ACK_MS, () => arrive(message));
        return;
      }
      lastAt = Math.max(lastAt, timeline.now + delayMs);
      timeline.after(lastAt - timeline.now, () => arrive(message));
    },
    listen(onMessage: (message: Message) => void): void {
      listener = onMessage;
      const waiting = early;
      early = [];
      for (const message of waiting) onMessage(message);
    },
    close(): void {
      isClosed = true;
    },
  };
}
