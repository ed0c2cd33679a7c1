/** Going from learning to enforcing, in words. */
export const learnTexts = {
  title: 'From learning to enforcing',
  titleOf: (group: string) => `From learning to enforcing: ${group}`,
  group: 'Protected hosts',
  heard: (queries: number, names: number) =>
    `${queries.toLocaleString()} questions for ${names.toLocaleString()} names since`,
  recognised: (titles: string) => `Recognised: ${titles}.`,
  again: 'Look again',
  steps:
    'What the catalog knows is ticked. Whatever else was asked stays refused unless you tick it: nothing is carried over that you did not approve.',
  known: (taken: number, all: number) => `Known to the catalog: ${taken} of ${all} ticked`,
  unknown: (taken: number, all: number) => `Not known: ${taken} of ${all} ticked`,
  unknownNone: 'Nothing else was asked that a rule could be made of.',
  takeAll: (of: string) => `Take all of ${of}`,
  nothing: 'Nothing to suggest',
  nothingMore: 'What was asked is allowed already, or left out below, each for its reason.',
  nothingText: 'Let the protected hosts do what they usually do for a day or two, then look again.',
  notAsked: 'not asked yet',
  lastAsked: 'last',
  needs: { required: 'required', recommended: 'recommended', optional: 'optional' },
  leftOut: (n: number) => `Left out: ${n}`,
  leftOutText:
    'No rule is suggested for these, each for its reason. Under Refused you decide about them one by one.',
  leftOutNone: 'Every name that was asked is covered.',
  more: (n: number) => `${n.toLocaleString()} more`,
  decideOne: 'Decide about them one by one',
  preview: 'What would be refused',
  wouldRefuse: (names: number, queries: number) =>
    names === 0
      ? 'With what is ticked, nothing that was answered in the last 24 hours would have been refused.'
      : `With what is ticked, ${names === 1 ? '1 name' : `${names.toLocaleString()} names`} / ${queries === 1 ? '1 question' : `${queries.toLocaleString()} questions`} answered in the last 24 hours would have been refused:`,
  ofAll: (queries: number) => `${queries.toLocaleString()} questions in all.`,
  enforce: (n: number) => (n === 1 ? 'Enforce with this rule' : `Enforce with these ${n} rules`),
  add: (n: number) => (n === 1 ? 'Add this rule' : `Add these ${n} rules`),
  done: (group: string) => `${group} is enforced from now on`,
  added: (group: string, n: number) => `${group}: ${n === 1 ? '1 rule' : `${n} rules`} added`,
  anyway: 'Refuse names all the same',
  anywayText: 'Names are filtered; addresses are NOT enforced.',
  managed: (place: string) =>
    `These hosts are managed by ${place}: rules and mode: enforce are written there.`,
  asYaml: 'What is ticked, as YAML:',
  isEnforced: (group: string) => `${group} is enforced.`,
  back: 'Back to learning',
  backDone: (group: string) => `${group} learns again; its rules stay`,
};
