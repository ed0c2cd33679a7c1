/** For a field in which every character counts, such as an address: no keyboard corrects it, and no browser fills it in. */
export const VERBATIM_FIELD = {
  autoCapitalize: 'none',
  autoComplete: 'off',
  spellCheck: false,
  withAsterisk: false,
} as const;
