// What is on the overview; each function shows one part of it.
import { ask, button, byId, el, SHOWN, show, times, when } from './dom.js';

const STATE_WORD = {
  enforced: ['good', '✓ Enforcing'],
  'names-only': ['bad', '! Not enforced'],
  learning: ['soft', '◷ Learning'],
  paused: ['bad', '◷ Paused'],
};

export function showStatus(status) {
  const groups = status.groups.map((group) => {
    const [kind, word] = STATE_WORD[group.enforcement.state];
    return el(
      'div',
      { class: 'card' },
      el(
        'div',
        { class: 'row' },
        el('h3', {}, `Protected hosts: ${group.name}`),
        el('span', { class: kind }, word),
      ),
      el('p', { class: 'sentence' }, `${group.enforcement.sentence}.`),
      el('p', { class: 'small' }, group.clients.join(' ') || 'no clients yet'),
      group.pausedUntil ? el('p', { class: 'small' }, 'The pause ends ', when(group.pausedUntil)) : '',
      groupActions(group),
    );
  });
  const troubles = [
    ...status.warnings,
    ...status.listeners
      .filter((one) => one.error)
      .map(
        (one) =>
          `DNS does not listen on ${one.address} port ${one.port} (${one.protocol}): ${one.error.code}. ${one.error.remedy}`,
      ),
    ...status.upstreams
      .filter((one) => one.state === 'down')
      .map((one) => `Upstream ${one.id} is down: ${one.lastError ?? ''}`),
    ...status.planes
      .filter((one) => one.state !== 'running')
      .map((one) => `The ${one.name} plane is ${one.state}.`),
  ].map((text) => el('p', { class: 'banner' }, text));
  const nobody = status.groups.length === 0 ? [el('p', { class: 'card sentence' }, status.sentences[0])] : [];
  const counts = el(
    'p',
    { class: 'small' },
    `${times(status.openAddresses, 'open address', 'open addresses')}, ${times(status.waitingDenials, 'refused name')} waiting, ${times(status.counters.queries, 'question')} since the start. Sallyport ${status.version}.`,
  );
  show('status', ...troubles, ...nobody, ...groups, counts);
}

function groupActions(group) {
  const path = `/groups/${encodeURIComponent(group.name)}`;
  const actions = el('div', { class: 'actions' });
  if (group.pausedUntil) {
    actions.append(
      button(`resume ${group.name}`, 'Resume now', group.name, () => ask('POST', `${path}/resume`)),
    );
  } else if (group.mode === 'enforce') {
    actions.append(
      button(`pause ${group.name}`, 'Pause 15 min', group.name, () =>
        ask('POST', `${path}/pause`, { for: '15m' }),
      ),
    );
    actions.append(
      button(`learn ${group.name}`, 'Back to learning', group.name, () =>
        ask('PATCH', path, { mode: 'learn' }),
      ),
    );
  } else {
    actions.append(
      button(`enforce ${group.name}`, 'Enforce', group.name, () => ask('PATCH', path, { mode: 'enforce' })),
    );
  }
  return actions;
}

export function showHosts({ items }, groups) {
  byId('hosts-section').hidden = items.length === 0;
  const cards = items.slice(0, SHOWN).map((host) => {
    const id = `group-for-${host.address}`;
    const field = el('input', {
      id,
      list: 'group-names',
      'data-key': id,
      maxlength: '63',
      autocapitalize: 'off',
      autocomplete: 'off',
    });
    field.value = groups[0]?.name ?? 'plex';
    const protect = () => {
      const name = field.value.trim();
      return groups.some((group) => group.name === name)
        ? ask('POST', `/groups/${encodeURIComponent(name)}/clients`, { client: host.address })
        : ask('POST', '/groups', { name, clients: [host.address] });
    };
    return el(
      'div',
      { class: 'card' },
      el('h3', {}, host.sentence),
      el(
        'p',
        { class: 'small' },
        `Refused until it has a group · ${times(host.queries, 'question')} · last `,
        when(host.lastAt),
      ),
      el(
        'div',
        { class: 'actions' },
        el('div', {}, el('label', { for: id, class: 'small' }, 'Group (a new name makes one)'), field),
        button(`protect ${host.address}`, 'Protect this host', host.address, protect, 'primary'),
      ),
    );
  });
  const names = el(
    'datalist',
    { id: 'group-names' },
    ...groups.map((group) => el('option', { value: group.name })),
  );
  show('hosts', names, ...cards);
}

const CONFIRMED = {
  confirmed: ['good', '✓'],
  held: ['soft', 'held, not enforced by'],
  waiting: ['soft', '◷ waiting for'],
  missing: ['bad', '! missing on'],
};

export function showLeases({ items }) {
  const cards = items
    .slice(0, SHOWN)
    .map((lease) =>
      el(
        'div',
        { class: 'card' },
        el(
          'div',
          { class: 'row' },
          el('h3', {}, lease.address),
          el(
            'span',
            {},
            ...lease.firewalls.map(({ name, state }) =>
              el('span', { class: CONFIRMED[state][0] }, `${CONFIRMED[state][1]} ${name} `),
            ),
          ),
        ),
        el('p', {}, lease.name),
        el(
          'p',
          { class: 'small' },
          `${lease.group} · ${lease.cause}${lease.rule ? ` · rule ${lease.rule.id} ${lease.rule.pattern}` : ''} · `,
          ...(lease.until ? ['closes ', when(lease.until)] : ['stays']),
        ),
      ),
    );
  const none = el(
    'p',
    { class: 'card soft' },
    'No address is open. The addresses of allowed names appear here when a protected host asks for them.',
  );
  const more =
    items.length > SHOWN
      ? [el('p', { class: 'small' }, `${items.length - SHOWN} more: `, el('code', {}, 'sallyport leases'))]
      : [];
  show('leases', ...(cards.length === 0 ? [none] : cards), ...more);
}

const FIREWALL_WORD = {
  up: ['good', '✓ in sync'],
  behind: ['bad', '! behind'],
  down: ['bad', '✕ no answer'],
  starting: ['soft', '◷ starting'],
};

export function showFirewalls(firewalls) {
  const cards = firewalls.map((firewall) => {
    const path = `/firewalls/${encodeURIComponent(firewall.name)}`;
    const [kind, word] = FIREWALL_WORD[firewall.state];
    const held = firewall.held
      ? [
          el('p', { class: 'banner' }, `Large removal, needs your OK: ${firewall.held.why}.`),
          el(
            'div',
            { class: 'actions' },
            button(`release ${firewall.name}`, 'Remove them', firewall.name, () =>
              ask('POST', `${path}/release`),
            ),
            button(`drop ${firewall.name}`, 'Keep them', firewall.name, () => ask('POST', `${path}/drop`)),
          ),
        ]
      : [];
    return el(
      'div',
      { class: 'card' },
      el(
        'div',
        { class: 'row' },
        el('h3', {}, `${firewall.name} (${firewall.driver})`),
        el('span', { class: kind }, word),
      ),
      el('p', {}, `${firewall.entries} of ${firewall.desired} addresses in `, el('code', {}, firewall.alias)),
      firewall.enforces ? '' : el('p', { class: 'bad' }, 'A stand-in: it stops no packet.'),
      firewall.ruleUse === 'unused'
        ? el(
            'p',
            { class: 'bad' },
            `${firewall.alias} exists but no firewall rule uses it, so nothing is enforced yet.`,
          )
        : '',
      el('p', { class: firewall.lastError ? 'bad' : 'small' }, firewall.sentence),
      firewall.lastSuccessAt ? el('p', { class: 'small' }, 'read ', when(firewall.lastSuccessAt)) : '',
      ...held,
      el(
        'div',
        { class: 'actions' },
        button(`sync ${firewall.name}`, 'Sync now', firewall.name, () => ask('POST', `${path}/sync`)),
      ),
    );
  });
  const none = el(
    'p',
    { class: 'card sentence' },
    'Names are filtered; addresses are NOT enforced: no firewall connected.',
  );
  show('firewalls', ...(cards.length === 0 ? [none] : cards));
}
