/** The panel that says why a name or an address can, or cannot, be reached. */
export const whyTexts = {
  mode: 'Mode',
  decides: 'What decides',
  rule: (pattern: string, id: number) => `rule ${id}: ${pattern}`,
  noRule: 'no rule',
  nearest: 'Rules that come close',
  openNow: 'Open for it now',
  nothingOpen: 'Nothing is open for it now.',
  address: 'Address',
  firewalls: 'On the firewalls',
  until: 'Until',
  noEnd: 'no end',
  states: {
    confirmed: 'in the alias',
    held: 'held, NOT enforced',
    waiting: 'on its way',
    missing: 'missing',
  },
  noFirewall: 'no firewall holds it',
  shared: (score: number) => `Shared (${score} of 100)`,
  moreOpen: (n: number) => `and ${n} more`,
  refusals: (n: number, days: number) =>
    `Refused ${n.toLocaleString()}× on ${days} ${days === 1 ? 'day' : 'days'} of the last month.`,
  notInCatalog: 'The catalog does not know it; that says nothing for or against it.',
  names: 'Names that led to it',
  open: 'open',
  closed: 'closed',
};
