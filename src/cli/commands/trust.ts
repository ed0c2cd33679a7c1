import type { z } from 'zod';
import { FirewallCertificate, FirewallTrust } from '../../api/contract/firewalls.ts';
import { type Context, type Output, oneWord, textOption, UsageError } from '../command.ts';
import { localTime, paragraphs, printable } from '../format.ts';

/**
 * Trust on first use: shows the key a firewall has, and after a yes the line that pins it. The yes goes into the audit;
 * nothing else is stored, because firewalls are configured in a file.
 */
export async function trust({ client, words, values, confirm, during }: Context): Promise<Output> {
  const name = oneWord(words, 'the firewall');
  const expected = textOption(values, 'pin');
  const isYes = values['yes'] === true;
  if (isYes !== (expected !== undefined)) throw new UsageError(INSTEAD);
  const path = `/firewalls/${encodeURIComponent(name)}`;
  const say = async (pin: string): Promise<Output> => {
    const said = client.send('POST', `${path}/trust`, { pin }, FirewallTrust);
    const trusted = await during('Asking whether that is its key', said);
    return { data: trusted, text: howToPin(trusted) };
  };
  if (expected !== undefined) return say(expected);

  const shown = await during(
    'Asking for its certificate',
    client.get(`${path}/certificate`, FirewallCertificate),
  );
  if (shown.configuredPin === shown.pin) return { data: shown, text: nothingToDo(name) };
  const isTrusted = await confirm(`${describe(shown)}\n\nIs this the key of your firewall?`, INSTEAD);
  // Said of the key that was shown: another one in the meantime is refused.
  return isTrusted ? say(shown.pin) : { data: shown, text: 'Nothing is trusted.', failed: true };
}

const INSTEAD = 'give --yes and --pin sha256/... with the pin you expect';

function describe({
  url,
  subject,
  issuer,
  validFrom,
  validTo,
  pin,
  configuredPin,
  refusal,
}: FirewallCertificate) {
  return paragraphs(
    [
      `${url} says of itself, and nobody vouches for it:`,
      `  name    ${printable(subject) || '(none)'}`,
      `  signer  ${printable(issuer) || '(none)'}`,
      `  valid   ${localTime(validFrom)} to ${localTime(validTo)}`,
      `  pin     ${pin}`,
      ...(configuredPin === undefined ? [] : [`  until now you trusted ${printable(configuredPin)}`]),
      ...(refusal === undefined ? [] : [`  now     ${printable(refusal)}`]),
    ].join('\n'),
    `Compare the pin with what the firewall itself says: run this in its own shell.\n  ${onTheFirewall(url)}`,
  );
}

/** Over loopback, so that nobody between can answer. */
function onTheFirewall(url: string): string {
  return `openssl s_client -connect 127.0.0.1:${new URL(url).port || 443} </dev/null 2>/dev/null | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl base64`;
}

const nothingToDo = (name: string) => printable(`${name} shows the key that is pinned: nothing to do.`);

function howToPin({ name, pinned, file, environment }: z.infer<typeof FirewallTrust>): string {
  if (pinned) return nothingToDo(name);
  return paragraphs(
    printable(`Put this below firewall ${name} in sallyport.yaml:`),
    `      ${file}`,
    `or, for a firewall of the environment: ${environment}\nThen restart Sallyport, and look: sallyport doctor --firewall ${printable(name)}`,
  );
}
