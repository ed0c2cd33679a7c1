import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fileLines } from '../../web/src/features/setup/firewall-lines.ts';

const firewall = {
  driver: 'opnsense',
  url: 'https://192.0.2.1',
  key: 'w86XNZob/8Oq8aC5r0kbNarNtdpoQU781fyoeaOBQsBwkXUt',
  alias: 'plexfw_live',
  pin: 'sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
} as const;

describe('the lines for sallyport.yaml', () => {
  test.each([
    '12345678',
    '0123456',
    '0x1f',
    '1e5',
    'true',
    'null',
    '~',
    '@abc',
    'abc:',
    '-',
    'a "quoted" \\ one # no note',
    "it's",
  ])('keep the secret %s as it was typed', (secret) => {
    const { pin, ...typed } = firewall;
    expect(parse(fileLines({ ...firewall, secret }, true))).toEqual({
      firewalls: [{ name: 'edge', ...typed, secret, tls: { pin } }],
    });
  });
});
