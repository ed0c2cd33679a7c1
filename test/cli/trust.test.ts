import { expect, test } from 'vitest';
import type { Client } from '../../src/cli/client.ts';
import { type Context, UsageError } from '../../src/cli/command.ts';
import { trust } from '../../src/cli/commands/trust.ts';

const PIN = `sha256/${'B'.repeat(43)}=`;

/** A yes is said to the server, which writes it into the audit and refuses it for another key than is shown. */
const SAID = { method: 'POST', path: '/firewalls/edge/trust', body: { pin: PIN } };

/** A person at a terminal who is shown the certificate, and says yes or no. */
async function atTheTerminal(answer: boolean, configuredPin?: string, values: Context['values'] = {}) {
  const questions: string[] = [];
  const said: unknown[] = [];
  const client: Client = {
    socketPath: '',
    get: async (_, schema) =>
      schema.parse({
        name: 'edge',
        url: 'https://192.168.1.1:8443',
        pin: PIN,
        subject: 'CN=fire\u001b[31mwall',
        issuer: '',
        validFrom: '2026-01-01T00:00:00.000Z',
        validTo: '2027-01-01T00:00:00.000Z',
        trusted: false,
        ...(configuredPin === undefined ? {} : { configuredPin }),
      }),
    async send(method, path, body, schema) {
      said.push({ method, path, body });
      return schema.parse({
        name: 'edge',
        pin: PIN,
        pinned: configuredPin === PIN,
        file: `tls: { pin: ${PIN} }`,
        environment: `SALLYPORT_FIREWALL_PIN=${PIN}`,
      });
    },
  };
  const context: Context = {
    client,
    dataDir: '/nowhere',
    words: ['edge'],
    values,
    now: 0,
    askSecret: async () => '',
    async confirm(question) {
      questions.push(question);
      return answer;
    },
    during: (_, work) => work,
  };
  return { output: await trust(context), questions, said };
}

test('a yes gives the line to write down, after showing who says so and how to check it', async () => {
  const { output, questions, said } = await atTheTerminal(true);
  expect(said).toEqual([SAID]);
  expect(output.failed).toBeUndefined();
  expect(output.text).toContain(`tls: { pin: ${PIN} }`);
  const [question = ''] = questions;
  expect(question).toContain('https://192.168.1.1:8443 says of itself, and nobody vouches for it');
  expect(question).toContain('  name    CN=fire\\x1b[31mwall');
  expect(question).toContain('openssl s_client -connect 127.0.0.1:8443');
});

test('a no trusts nothing, and says so to a script', async () => {
  const { output, said } = await atTheTerminal(false);
  expect(said).toEqual([]);
  expect(output).toMatchObject({ failed: true, text: 'Nothing is trusted.' });
});

test('another key than the pinned one is asked about, the same one is not', async () => {
  const old = `sha256/${'A'.repeat(43)}=`;
  expect((await atTheTerminal(true, old)).questions[0]).toContain(`until now you trusted ${old}`);
  const same = await atTheTerminal(true, PIN);
  expect(same.questions).toEqual([]);
  expect(same.output.text).toBe('edge shows the key that is pinned: nothing to do.');
});

test('a script names the key it expects, and is asked nothing', async () => {
  const expected = await atTheTerminal(false, undefined, { yes: true, pin: PIN });
  expect(expected.questions).toEqual([]);
  expect(expected.output.text).toContain(`tls: { pin: ${PIN} }`);
  expect(expected.said).toEqual([SAID]);
  for (const half of [{ yes: true }, { pin: PIN }]) {
    await expect(atTheTerminal(true, undefined, half)).rejects.toThrow(UsageError);
  }
});
