/** Reads `GET /events` over a real socket, as a browser would. */
import { type ClientRequest, request } from 'node:http';
import { EVENTS, type EventName } from '../../src/api/contract/events.ts';

export interface ReadEvent {
  readonly id: number | undefined;
  readonly event: EventName;
  readonly data: unknown;
}

export interface Reading {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** Everything as it came. */
  text(): string;
  /** Events with their data, each held against the contract; heartbeats are no news, and in the text only. */
  events(): readonly ReadEvent[];
  /** The id a reader that breaks off now would come back with. */
  lastId(): string | undefined;
  ended(): boolean;
  /** Takes nothing any more. */
  pause(): void;
  resume(): void;
  close(): void;
}

export async function readEvents(
  base: string,
  options: { readonly query?: string; readonly headers: Record<string, string> },
): Promise<Reading> {
  let text = '';
  let isEnded = false;
  const asked: ClientRequest = request(`${base}/api/v1/events${options.query ?? ''}`, {
    headers: options.headers,
  });
  asked.on('error', () => {
    isEnded = true;
  });
  asked.end();
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    asked.once('response', resolve);
    asked.once('error', reject);
  });
  response.setEncoding('utf8');
  response.on('data', (part: string) => {
    text += part;
  });
  // What breaks off is closed next.
  response.on('error', () => undefined);
  response.on('close', () => {
    isEnded = true;
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: () => text,
    events: () => text.split('\n\n').flatMap(parse),
    lastId: () => [...text.matchAll(/^id: (\d+)$/gm)].at(-1)?.[1],
    ended: () => isEnded,
    pause: () => response.pause(),
    resume: () => response.resume(),
    close: () => asked.destroy(),
  };
}

function parse(block: string): ReadEvent[] {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const event = field('event') as EventName | undefined;
  if (event === undefined) return [];
  const id = field('id');
  const data = EVENTS[event].parse(JSON.parse(field('data') ?? ''));
  if (event === 'heartbeat') return [];
  return [{ id: id === undefined ? undefined : Number(id), event, data }];
}
