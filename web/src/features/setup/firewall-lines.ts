import type { DnsPlace } from './places.ts';
import type { TypedFirewall } from './types.ts';

/** What stands in the place of a secret on the screen. */
const DOTS = '••••••';

/** The one firewall of the environment, as docker compose and systemd read such a file. */
export function environmentLines(firewall: TypedFirewall, isShown: boolean): string {
  return written(firewall, isShown)
    .map(([name, value]) => `SALLYPORT_FIREWALL_${name.toUpperCase()}=${quoted(value)}`)
    .join('\n');
}

/** The same in sallyport.yaml. A JSON string is one in YAML too; without its quotes 0123456 would be a number. */
export function fileLines(firewall: TypedFirewall, isShown: boolean): string {
  const lines = written(firewall, isShown).map(([name, value]) =>
    name === 'pin' ? `    tls: { pin: ${JSON.stringify(value)} }` : `    ${name}: ${JSON.stringify(value)}`,
  );
  return ['firewalls:', '  - name: edge', ...lines].join('\n');
}

/** The rules that make the alias count, whatever the firewall. */
export function ruleLines({
  host,
  dns,
  alias,
}: {
  readonly host: string;
  /** Absent: it listens nowhere that the host can reach. */
  readonly dns: DnsPlace | undefined;
  readonly alias: string;
}): string {
  const to = dns === undefined ? 'the address of Sallyport  port 53' : `${dns.address}  port ${dns.port}`;
  return [
    `1  pass   TCP and UDP  from ${host}  to ${to}`,
    `2  pass   any          from ${host}  to what it may reach at home`,
    `3  block  TCP and UDP  from ${host}  to anybody else, ports 53 and 853   (log)`,
    `4  pass   TCP          from ${host}  to the alias ${alias}, ports 80 and 443`,
    `5  block  any          from ${host}  to anywhere   (log; not while you learn)`,
  ].join('\n');
}

function written(
  { driver, url = '', key = '', secret = '', alias, pin = '' }: TypedFirewall,
  isShown: boolean,
): readonly (readonly [string, string])[] {
  const hide = (value: string) => (isShown || value === '' ? value : DOTS);
  return (
    [
      ['driver', driver],
      ['url', url],
      ['key', driver === 'mikrotik' ? key : hide(key)],
      ['secret', hide(secret)],
      ['alias', alias],
      ['pin', pin],
    ] as const
  ).filter(([, value]) => value !== '');
}

function quoted(value: string): string {
  return PLAIN.test(value) || value === DOTS ? value : `'${value.replaceAll("'", "\\'")}'`;
}

const PLAIN = /^[\w./:+=@-]+$/;
