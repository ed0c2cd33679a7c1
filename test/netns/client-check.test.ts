/** The check a person runs on the protected host, and the router guide: behind its rules all is in order, behind none nothing is. */
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildStage, type Sallyport, type Stage, until } from '../../scripts/netns/stage.ts';
import { host4, host6, NAME_SERVER, PLEX_ADDRESSES, ROUTER_LAN } from '../../scripts/netns/topology.ts';

const ZONE = {
  'plex.example.net': { a: [host4(1)], aaaa: [host6(1)], ttl: 300 },
  'secret.example.org': { a: [host4(9)], aaaa: [host6(9)], ttl: 300 },
};

const CONFIG = `
groups:
  - name: plex
    clients: [${PLEX_ADDRESSES.join(', ')}]
    mode: enforce
    rules:
      - allow: plex.example.net
firewalls:
  - name: router
    driver: nftables
    alias: plex
    groups: [plex]
`;

const SCRIPT = 'scripts/client-check.sh';
const ASKED = [
  ...[
    '--sallyport',
    ROUTER_LAN.join(','),
    '--allowed',
    'plex.example.net',
    '--refused',
    'secret.example.org',
  ],
  ...['--others', NAME_SERVER.join(' '), '--direct', `${host4(9)} ${host6(9)}`, '--seconds', '2'],
];

interface Ran {
  readonly code: number;
  readonly out: string;
}

/** What the script finds on PATH decides how it speaks: what a Debian has, one without perl and python, and a busybox. */
const BOXES: Readonly<
  Record<string, { readonly shell: string; readonly programs: readonly string[] | undefined }>
> = {
  'dash on a Debian': { shell: 'dash', programs: undefined },
  'bash and little else': {
    shell: 'bash',
    programs: ['bash', 'timeout', 'cat', 'dd', 'od', 'tr', 'sed', 'grep', 'sort', 'getent'],
  },
  'a busybox': { shell: 'busybox', programs: [] },
};

async function run(stage: Stage, box: string): Promise<Ran> {
  const { shell, programs } = BOXES[box] ?? { shell: 'sh', programs: undefined };
  const path = programs === undefined ? process.env['PATH'] : await folderOf(stage, box, programs);
  const command = shell === 'busybox' ? ['busybox', 'sh'] : [shell];
  try {
    const out = await stage.run(
      'plex',
      ['env', `PATH=${path}`, ...command, '-s', '--', ...ASKED],
      await readFile(SCRIPT, 'utf8'),
    );
    return { code: 0, out };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    expect(stderr).toBe('');
    return { code, out: stdout };
  }
}

/** A directory with these programs and no others; of busybox, whatever it calls its own. */
async function folderOf(stage: Stage, box: string, programs: readonly string[]): Promise<string> {
  const folder = join(stage.directory, box.replaceAll(' ', '-'));
  await mkdir(folder, { recursive: true });
  for (const program of programs) {
    const at = (await stage.run('plex', ['sh', '-c', `command -v ${program}`])).trim();
    await symlink(at, join(folder, program));
  }
  if (programs.length === 0) {
    await stage.run('plex', ['busybox', '--install', '-s', folder]);
    await symlink(
      (await stage.run('plex', ['sh', '-c', 'command -v busybox'])).trim(),
      join(folder, 'busybox'),
    );
  }
  return folder;
}

describe('behind the rules of the router guide, as they stand there', () => {
  let stage: Stage;
  let sallyport: Sallyport;
  beforeAll(async () => {
    stage = await buildStage(ZONE, { rules: await guideRules() });
    sallyport = await stage.startSallyport({
      config: CONFIG,
      dataDirectory: join(stage.directory, 'data'),
    });
  });
  afterAll(() => stage.close());

  test.each(Object.keys(BOXES))('all is in order, seen from %s', async (box) => {
    const { code, out } = await run(stage, box);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/\nAll in order\.\n$/) });
    expect(out).toContain(`ok       /etc/resolv.conf names nobody but ${ROUTER_LAN[0]}\n`);
    expect(out).toContain('ok       plex.example.net resolves to');
    expect(out).toMatch(/ok {7}\S+ can be reached on port 443\n/);
    expect(out).toContain('ok       secret.example.org is refused\n');
    expect(out.match(/^ok {7}(UDP|TCP) port 53 of/gm)).toHaveLength(4);
    expect(out.match(/^ok {7}port 853 of/gm)).toHaveLength(2);
    expect(out.match(/^ok {7}port 443 of/gm)).toHaveLength(2);
  });

  test('the doctor finds nothing wrong either, and sees an address go in and out', async () => {
    const diagnose = () =>
      sallyport.api<{ ok: boolean; items: readonly { check: string; result: string; detail: string }[] }>(
        'POST',
        '/api/v1/doctor',
        { roundTrip: true },
      );
    // What was asked is in the log a moment later.
    await until('the doctor has heard of the host', 10_000, async () => {
      const { items } = await diagnose();
      return items.some(({ check, result }) => check === 'dns-port' && result !== 'failed');
    });
    const { items } = await diagnose();
    expect(items.filter(({ result }) => result === 'failed')).toEqual([]);
    expect(items.find(({ check }) => check === 'round-trip')).toMatchObject({ result: 'ok' });
    expect([...(await stage.openAddresses())]).not.toContain('192.0.2.253');
  });

  test('a question sent past Sallyport comes to Sallyport, and what is dropped is counted', async () => {
    const question = {
      server: NAME_SERVER[0],
      name: 'secret.example.org',
      type: 'A',
      timeoutMs: 2000,
    } as const;
    expect(await stage.plex.do('question', question)).toMatchObject({ rcode: 'NXDOMAIN' });
    const before = await stage.droppedPackets();
    expect(await stage.connect(host4(9))).toBe('dropped');
    expect(await stage.droppedPackets()).toBe(before + 1);
  });
});

describe('behind a router that lets everything through', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await buildStage(ZONE, { rules: 'table inet sallyport { }' });
    const [keyFile, certFile] = [join(stage.directory, 'key.pem'), join(stage.directory, 'cert.pem')];
    await stage.internet.do('serveHttps', { port: 853, keyFile, certFile });
    const servers = [ROUTER_LAN[0], NAME_SERVER[0]].map((address) => `nameserver ${address}`).join('\n');
    await stage.run('plex', ['sh', '-c', 'cat > /etc/resolv.conf'], `${servers}\n`);
  });
  afterAll(() => stage.close());

  test.each(Object.keys(BOXES))('each hole is named with what to do, seen from %s', async (box) => {
    const { code, out } = await run(stage, box);
    expect({ code, out }).toEqual({ code: 1, out: expect.stringMatching(/\n\d+ not in order\.\n$/) });
    expect(out).toContain(`failed   /etc/resolv.conf names ${NAME_SERVER[0]}, which is not Sallyport`);
    expect(out).toContain('failed   secret.example.org resolves to');
    for (const address of NAME_SERVER) {
      expect(out).toContain(`failed   ${address} answers secret.example.org on UDP port 53\n`);
      expect(out).toContain(`failed   ${address} answers secret.example.org on TCP port 53\n`);
      expect(out).toContain(`failed   ${address} can be reached on port 853 (DNS over TLS)\n`);
    }
    for (const address of [host4(9), host6(9)]) {
      expect(out).toContain(`failed   ${address} can be reached on port 443 (HTTPS past the alias)\n`);
    }
    expect(out.match(/^ {9}-> On the firewall, block /gm)).toHaveLength(8);
  });
});

async function guideRules(): Promise<string> {
  const guide = await readFile('docs/guides/nftables-router.md', 'utf8');
  const rules = /^```nft\n([\s\S]*?)^```$/m.exec(guide)?.[1];
  if (rules === undefined) throw new Error('the router guide has no rules any more');
  return rules;
}
