import type { Command } from '../command.ts';

/** Only its help is here: the command itself becomes the server (see main.ts). */
export const start: Command = {
  summary: 'run Sallyport here, in this terminal',
  usage: '[--lan ADDRESS]',
  explain: { '--lan ADDRESS': 'answer DNS on this address, port 53, and serve the page there' },
  examples: [
    ['sallyport start', 'try it out on 127.0.0.1'],
    ['sallyport start --lan 192.168.1.20', 'for the hosts of the LAN'],
  ],
  run: async () => ({ data: null, text: '' }),
};
