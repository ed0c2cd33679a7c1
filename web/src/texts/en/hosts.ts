/** The protected hosts and what decides below plex.direct, in words. */
export const hostsTexts = {
  clients: 'Clients',
  noClients: 'no client yet',
  presets: 'Presets',
  refuse: 'A refused name is answered with',
  locked: (place: string) => `Managed by ${place}; change it there.`,
  plexDirect: 'Names below plex.direct',
  plexDirectText:
    'The first label of such a name is the address it leads to, so no rule can hold it. Sallyport answers them itself, for your servers and your addresses only.',
  hashes: 'Your servers',
  ownAddresses: 'Your addresses',
  shared: 'Servers of others',
  none: 'none: all of them are refused',
  noneShared: 'none',
  find: 'Find my Plex server',
  findTitle: (group: string) => `Find the Plex server of ${group}`,
  findText:
    'Asks the hosts, from here, for the certificate of their Plex server. Nobody vouches for it, so compare before you take it.',
  server: 'Address of the server (optional)',
  serverHelp: 'Left out: the hosts themselves, on port 32400.',
  look: 'Look for it',
  nothing: 'Nothing was found that is not there already.',
  proposal: 'Proposed',
  take: 'Take these',
  taken: (group: string) => `plex.direct of ${group} is set`,
};
