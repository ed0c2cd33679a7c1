/** What is said of a name before it is allowed; the sentences on risks are the server's. */
export const namesTexts = {
  instead: (name: string) => `Allow only ${name}`,
  wideAnyway: 'Wildcard anyway',
  letters: (unicode: string) => `reads ${unicode}`,
};
