/** Addresses opened by hand. */
import { findGroupByName } from '../../store/groups.ts';
import { type Pin, pinsInForce } from '../../store/pins.ts';
import type { Json } from '../../store/settings.ts';
import {
  cannot,
  endIn,
  type FindWay,
  MANAGED,
  numberIn,
  TOO_LITTLE,
  textIn,
  valueIn,
  type Way,
  type WayDeps,
} from './way.ts';

/** Closed again; where it was open before, as it was then. */
export const closeAgain: FindWay = (deps, { before, after }) =>
  withPin(deps, numberIn(after, 'id'), (pin) =>
    before === null
      ? { run: (acts, actor) => acts.unpinAddress(pin.id, actor) }
      : changeBack(deps, pin, before),
  );

export const takeBackAddressChange: FindWay = (deps, { before }) =>
  withPin(deps, numberIn(before, 'id'), (pin) => changeBack(deps, pin, before));

export const openAgain: FindWay = ({ db, clock }, { subject, before }) => {
  const [name = '', address = ''] = subject.split(' ');
  const group = findGroupByName(db, name);
  const until = endIn(before, 'until');
  const now = clock.now();
  if (group === undefined) return cannot('the group is gone');
  if (until === undefined) return cannot(TOO_LITTLE);
  if (until !== null && until <= now) return cannot('it would have been closed by itself by now');
  if (
    pinsInForce(db, now, group.id).some(
      ({ prefix, plexServer }) => plexServer === undefined && prefix.address === address,
    )
  ) {
    return cannot('it is open again');
  }
  const input = { group: name, address, ...described(before), ...endOf(until) };
  return { run: (acts, actor) => acts.pinAddress(input, actor) };
};

function withPin(
  { db, clock, managedByFile }: WayDeps,
  id: number | undefined,
  find: (pin: Pin) => Way,
): Way {
  if (id === undefined) return cannot(TOO_LITTLE);
  const pin = pinsInForce(db, clock.now()).find((one) => one.id === id);
  if (pin === undefined) return cannot('the address was closed since');
  return managedByFile && pin.origin === 'file' ? cannot(MANAGED) : find(pin);
}

function changeBack({ clock }: WayDeps, { id }: Pin, before: Json | null): Way {
  const until = endIn(before, 'until');
  if (until === undefined) return cannot(TOO_LITTLE);
  if (until !== null && until <= clock.now()) {
    return { run: (acts, actor) => acts.unpinAddress(id, actor) };
  }
  return { run: (acts, actor) => acts.changePinned({ id, ...described(before), ...endOf(until) }, actor) };
}

function described(record: Json | null): { readonly note: string; readonly ports: readonly number[] } {
  const ports = valueIn(record, 'ports');
  return {
    note: textIn(record, 'note') ?? '',
    ports: Array.isArray(ports) ? ports.filter((port) => typeof port === 'number') : [],
  };
}

function endOf(until: number | null): { readonly until: number } | { readonly for: string } {
  return until === null ? { for: 'always' } : { until };
}
