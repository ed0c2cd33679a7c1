/** The states of the simulated OPNsense, and how they are looked up and killed (contract, section 7). */
import { json, type SimResponse } from './server.ts';

export interface SimState {
  readonly id: string;
  readonly src_addr: string;
  readonly dst_addr: string;
  readonly nat_addr: string | null;
}

interface Asked {
  readonly isPost: boolean;
  readonly body: Record<string, unknown>;
}

/** Undefined when there is no such command. */
export function stateAction(
  command: string,
  parameters: readonly string[],
): ((states: SimState[], asked: Asked) => SimResponse) | undefined {
  if (command === 'querystates') return queryStates;
  if (command === 'killstates') return killStates;
  if (command !== 'delstate' || parameters.length < 2) return undefined;
  return (states) => {
    const at = states.findIndex(({ id }) => id === parameters.join('/'));
    if (at >= 0) states.splice(at, 1);
    return json(200, { result: `killed ${at >= 0 ? 1 : 0} states\n\n\n` });
  };
}

function queryStates(states: readonly SimState[], { isPost, body }: Asked): SimResponse {
  const phrase = String(body['searchPhrase'] ?? '');
  const rows = isPost ? states.filter((state) => JSON.stringify(state).includes(phrase)) : [];
  return json(200, { rows, rowCount: rows.length, total: rows.length, current: 1 });
}

/** The sanitizer lets neither ':' nor '/' through, so IPv6 and prefixes match nothing. */
function killStates(states: SimState[], { isPost, body }: Asked): SimResponse {
  const { filter } = body;
  if (!isPost || typeof filter !== 'string') return json(200, { result: 'failed' });
  const clauses = filter
    .replaceAll(/[^0-9a-zA-Z, *\-_.#]/g, '')
    .split(' ')
    .filter((clause) => clause !== '');
  const isHit = ({ src_addr, dst_addr, nat_addr }: SimState) =>
    clauses.every((clause) => [src_addr, dst_addr, nat_addr].includes(clause));
  const kept = states.filter((state) => !isHit(state));
  const dropped = states.length - kept.length;
  states.splice(0, states.length, ...kept);
  return json(200, { result: 'ok', dropped_states: dropped });
}
