/** What only the screen of refused names says. */
export const refusedTexts = {
  noMatch: 'Nothing matches the filter',
  listed: (n: number, total: number) =>
    `${n} of ${total} are listed, those refused last. Filter by name to find the others.`,
  ofGroup: (group: string) => `Only ${group}`,
  everyGroup: 'Show every group',
  emptyGroup: {
    waiting: (group: string) => `No refused name of ${group} is waiting`,
    muted: (group: string) => `No refused name of ${group} is muted`,
    decided: (group: string) => `No refused name of ${group} was decided yet`,
  },
  names: (n: number) => (n === 1 ? '1 name' : `${n} names`),
  allowAll: (n: number) => (n === 1 ? 'Allow it 15 min' : `Allow all ${n} for 15 min`),
  allowDomain: (domain: string) => `Allow .${domain}…`,
  domainTitle: (domain: string) => `Allow .${domain} and everything below it`,
  domainText: (domain: string) =>
    `Every name below ${domain} is allowed then, those that do not exist yet too. It answers:`,
  domainFor: 'For how long',
  domainTimes: { '15m': '15 minutes', '24h': '24 hours', always: 'Always' },
  domainAllow: 'Allow the domain',
  domainAllowed: (domain: string) => `Allowed: .${domain}`,
  allowedMany: (names: string) => `Allowed for 15 minutes: ${names}`,
  mutedMany: (names: string) => `Muted: ${names}`,
  undoneMany: (names: string) => `Undone: ${names}`,
  notDone: (n: number, why: string) => `${n === 1 ? '1 name' : `${n} names`} not: ${why}`,
  saved: 'Saved filters',
  save: 'Save this filter',
  saveTitle: 'Save this filter',
  saveHint: 'It is kept in this browser, for you.',
  forget: (name: string) => `Forget the filter ${name}`,
  paused: (group: string, left: string) =>
    `The protection of ${group} is paused for another ${left}: what is listed was answered.`,
};
