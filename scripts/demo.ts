/**
 * The whole story without an internet, a firewall or root: npm run demo, look at the page, Ctrl-C.
 *
 *   npm run demo -- [--once]     --once ends after the boot
 */
import { parseArgs } from 'node:util';
import { buildDemoHouse, type DemoHouse, PLEX, SEERR, STRANGER } from './demo/house.ts';
import { muslLookup } from './plex-boot/musl-resolver.ts';
import { BOOT, bootLikePlex, describeResult } from './plex-boot.ts';
import { ensurePage } from './support/page.ts';
import { askedToEnd, isProgram } from './support/program.ts';

const HELP = `npm run demo -- [--once]

The whole product without internet: a toy internet, a simulated OPNsense and pfSense, a Plex that boots, and the page to click
through. Ends with Ctrl C and leaves nothing behind.

  --once    end after the boot`;

async function main(): Promise<void> {
  const once = { type: 'boolean', default: false } as const;
  const help = { type: 'boolean', short: 'h', default: false } as const;
  const { values, tokens } = parseArgs({ options: { once, help }, strict: false, tokens: true });
  const unknown = tokens.find((token) => token.kind !== 'option' || !['once', 'help'].includes(token.name));
  if (values.help === true || unknown !== undefined) {
    console.log(HELP);
    process.exitCode = unknown === undefined ? 0 : 2;
    return;
  }
  console.log('Starting a toy internet, a simulated OPNsense and pfSense, and Sallyport between them ...\n');
  await ensurePage();
  const house = await buildDemoHouse();
  try {
    await playBoot(house);
    console.log(invitation(house));
    if (!values.once) await keepAlive(house);
  } finally {
    await house.close();
  }
}

async function playBoot(house: DemoHouse): Promise<void> {
  const server = { address: '127.0.0.1', port: house.dnsPort };
  console.log(`Plex (${PLEX}) boots:`);
  await bootLikePlex({ ...server, from: PLEX }, (result) => console.log(`  ${describeResult(result)}`));
  console.log(`\nSeerr (${SEERR}) starts, behind a pfSense that takes 1.5 s to reload:`);
  const steps = [
    { name: 'plex.tv', why: 'sign-in', breaks: 'nobody can sign in' },
    { name: 'api.themoviedb.org', why: 'what films there are', breaks: 'an empty page' },
  ];
  await bootLikePlex({ ...server, from: SEERR }, (r) => console.log(`  ${describeResult(r)}`), steps);
  // Something that nobody put into a group, and something that Plex has no business with.
  await muslLookup('deb.debian.org', { ...server, from: STRANGER });
  await muslLookup('c2.example.net', { ...server, from: PLEX });
  for (const [name, table] of Object.entries(house.tables())) {
    console.log(`\n${name} now lets through: ${[...table].sort().join(' ') || 'nothing'}`);
  }
}

function invitation(house: DemoHouse): string {
  const dig = `dig -b ${PLEX} @127.0.0.1 -p ${house.dnsPort}`;
  return `
  Page       http://127.0.0.1:${house.webPort}/
  Sign in    admin, ${house.password}

What to try:
  1. On the page: allow c2.example.net for 15 minutes. Then: ${dig} c2.example.net
  2. On the page: the new host ${STRANGER} asked for deb.debian.org; protect it.
  3. Take the internet away:  curl -d '{"on":true}' ${house.toy.controlUrl}/silence
     and ask again: names that were open stay open, and are still answered.
  4. The same from a terminal:  npm run sallyport -- status --data-dir ${house.dataDirectory}

Ctrl-C ends the demo and removes everything it made.`;
}

/** Plex goes on asking, so that the page shows a living house; ends when the terminal says so or Sallyport has ended. */
async function keepAlive({ sallyport, dnsPort }: DemoHouse): Promise<void> {
  const ended = Promise.race([
    askedToEnd().then(() => undefined),
    sallyport.ended.then((how) => `Sallyport ended (${how}):\n${sallyport.output.slice(-20).join('\n')}`),
  ]);
  const server = { address: '127.0.0.1', port: dnsPort, from: PLEX };
  let turn = 0;
  let asking = Promise.resolve();
  const timer = setInterval(() => {
    const { name } = BOOT[turn % BOOT.length] ?? { name: 'plex.tv' };
    turn += 1;
    asking = asking.then(async () => {
      await muslLookup(name, server);
    });
  }, ASK_EVERY_MS);
  try {
    const misfortune = await ended;
    if (misfortune !== undefined) throw new Error(misfortune);
  } finally {
    clearInterval(timer);
    await asking;
  }
}

const ASK_EVERY_MS = 3_000;

if (isProgram(import.meta.url)) await main();
