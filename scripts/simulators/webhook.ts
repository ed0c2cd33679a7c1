/** A script as an owner may write one for the webhook, with the ways such scripts go wrong as switches. */
import { json, type SelfSigned, type SimRequest, type SimResponse, serve } from './server.ts';

export interface WebhookSwitches {
  /** A POST is answered as if it had worked, and changes nothing. */
  readonly doneDoesNothing: boolean;
  /** The next GET answers that the alias is empty, whatever it holds. */
  readonly emptyNext: boolean;
  /** Every other GET from now on answers so, beginning with the one after the next. */
  readonly emptyEveryOther: boolean;
  /** Answered instead of the list. */
  readonly says: unknown;
  /** The status of every answer, when it is not 200. */
  readonly status: number;
}

export interface WebhookOptions {
  readonly port?: number;
  readonly tls?: SelfSigned;
  readonly alias?: string;
  readonly secret?: string;
  readonly onChange?: () => void;
}

export const DEFAULT_SECRET = 'simulator-webhook-secret';

export async function start(options: WebhookOptions = {}) {
  const { alias = 'plex', onChange = () => {} } = options;
  let secret = options.secret ?? DEFAULT_SECRET;
  let switches: Partial<WebhookSwitches> = {};
  let table: readonly string[] = [];
  let reads = 0;
  const become = (next: readonly string[]) => {
    table = next;
    onChange();
  };
  const served = await serve(async (request) => respond(request), options);
  return {
    ...served,
    set(change: Partial<WebhookSwitches>) {
      reads = 0;
      switches = { ...switches, ...change };
    },
    table: () => table,
    /** Keeps nothing over a restart. */
    reboot: () => become([]),
    useSecret(next: string) {
      secret = next;
    },
  };

  function respond(request: SimRequest): SimResponse {
    if (request.headers.authorization !== `Bearer ${secret}`) return json(401, {});
    if (switches.status !== undefined) return json(switches.status, {});
    if (request.method === 'POST') {
      const { alias: named, addresses } = JSON.parse(request.body) as Posted;
      if (named !== alias) return json(404, {});
      if (!switches.doneDoesNothing) become(addresses);
      return json(200, {});
    }
    if (request.query.get('alias') !== alias) return json(404, {});
    if (switches.says !== undefined) return json(200, switches.says);
    reads += 1;
    if (switches.emptyEveryOther && reads % 2 === 0) return json(200, { addresses: [] });
    if (!switches.emptyNext) return json(200, { addresses: table });
    switches = { ...switches, emptyNext: false };
    return json(200, { addresses: [] });
  }
}

interface Posted {
  readonly alias: string;
  readonly addresses: readonly string[];
}
