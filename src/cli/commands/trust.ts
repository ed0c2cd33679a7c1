import { FirewallCertificate } from '../../api/contract/firewalls.ts';
import { CommandFailed } from '../client.ts';
import { type Context, type Output, oneWord, textOption, UsageError } from '../command.ts';
import { localTime, paragraphs, printable } from '../format.ts';

/** Trust on first use: shows the key a firewall has, and after a yes the line that pins it. Firewalls are configured in a file, so nothing is stored. */
export async function trust({ client, words, values, confirm, during }: Context): Promise<Output> {
  const name = oneWord(words, 'the firewall');
  const expected = textOption(values, 'pin');
  const isYes = values['yes'] === true;
  if (isYes !== (expected !== undefined)) throw new UsageError(INSTEAD);
  const asked = client.get(`/firewalls/${encodeURIComponent(name)}/certificate`, FirewallCertificate);
  const shown = await during('Asking for its certificate', asked);

  if (expected !== undefined && shown.pin !== expected) {
    throw new CommandFailed(
      'firewall-misconfigured',
      `${shown.url} shows the key ${shown.pin}, not ${expected}`,
      'If its key was not changed on purpose, find out who answers there.',
    );
  }
  if (expected === undefined && shown.configuredPin !== shown.pin) {
    const isTrusted = await confirm(`${describe(shown)}\n\nIs this the key of your firewall?`, INSTEAD);
    if (!isTrusted) return { data: shown, text: 'Nothing is trusted.', failed: true };
  }
  return { data: shown, text: howToPin(shown) };
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

function howToPin({ name, pin, configuredPin }: FirewallCertificate): string {
  if (configuredPin === pin) return printable(`${name} shows the key that is pinned: nothing to do.`);
  return paragraphs(
    printable(`Put this below firewall ${name} in sallyport.yaml:`),
    `      tls: { pin: ${pin} }`,
    `or, for a firewall of the environment: SALLYPORT_FIREWALL_PIN=${pin}\nThen restart Sallyport, and look: sallyport doctor --firewall ${printable(name)}`,
  );
}
