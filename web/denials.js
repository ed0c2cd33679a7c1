// Refused names, each with a plain button to let it through.
import { ask, button, byId, el, SHOWN, show, tell, when } from './dom.js';

const DURATIONS = [
  ['15m', 'Allow 15 min', 'primary'],
  ['1h', '1 h', ''],
  ['24h', '24 h', ''],
  ['7d', '7 d', ''],
  ['always', 'Always', ''],
];

export function showDenials({ items, nextCursor }) {
  const cards = inOrder(items)
    .slice(0, SHOWN)
    .map((denial) => {
      const allow = ([time, text, kind]) =>
        button(
          `${time} ${denial.id}`,
          text,
          denial.name,
          async () => {
            if (justMoved()) return;
            const { rule, effect } = await ask('POST', `/denials/${denial.id}/allow`, { for: time });
            tell(
              `Allowed for ${rule.group}: ${rule.pattern}. In force for the next question. ${describeEffect(effect)}`,
            );
          },
          kind,
        );
      return el(
        'div',
        { class: 'card denial' },
        el(
          'div',
          {},
          el('h3', {}, denial.name),
          el(
            'p',
            { class: 'small' },
            el(
              'span',
              { class: denial.refused ? 'bad' : 'soft' },
              denial.refused ? '✕ refused' : '◷ answered, would be refused',
            ),
            ` · ${denial.types.join(', ')} · ${denial.count}× · `,
            when(denial.lastAt),
            ` · ${denial.group} ${denial.lastClient}`,
          ),
        ),
        el(
          'div',
          { class: 'actions' },
          ...DURATIONS.map(allow),
          button(
            `mute ${denial.id}`,
            'Mute',
            denial.name,
            () => ask('POST', `/denials/${denial.id}/mute`),
            'quiet',
          ),
        ),
      );
    });
  const more =
    nextCursor || items.length > SHOWN
      ? [el('p', { class: 'small' }, 'There are more: ', el('code', {}, 'sallyport denied'))]
      : [];
  const none = el(
    'p',
    { class: 'card soft' },
    'No refused name is waiting. What your protected hosts ask and no rule allows appears here.',
  );
  show('denials', ...(cards.length === 0 ? [none] : cards), ...more);
}

let order = [];
let orderChangedAt = 0;

/** The latest first; but under a pointer no row changes its place, or a click would allow another name. */
function inOrder(items) {
  const latestFirst = items.toSorted((a, b) => b.lastAt.localeCompare(a.lastAt));
  const place = new Map(order.map((id, at) => [id, at]));
  const inUse = byId('denials').matches(':hover, :focus-within');
  const sorted = inUse
    ? latestFirst.toSorted((a, b) => (place.get(a.id) ?? items.length) - (place.get(b.id) ?? items.length))
    : latestFirst;
  const ids = sorted.map((denial) => denial.id);
  if (inUse && order.some((id) => !ids.includes(id))) orderChangedAt = performance.now();
  order = ids;
  return sorted;
}

/** A row has just gone, and another one is where it was: what is clicked now was meant for that. */
const justMoved = () => performance.now() - orderChangedAt < 400;

function describeEffect({ firewalls }) {
  const words = {
    unaffected: 'in sync',
    pending: 'sync under way',
    confirmed: 'in sync',
    unenforced: 'in sync, NOT enforced',
    error: 'no answer',
  };
  return firewalls.length === 0
    ? 'No firewall holds addresses for it.'
    : firewalls.map(({ name, state }) => `${name}: ${words[state]}`).join(', ');
}
