/** What a person reads who has just started Sallyport: what is up, what is not and why, and what to do next. */
import type { Enforcement } from '../actions/enforcement.ts';
import { setupLink } from '../api/access/setup-token.ts';
import type { RunningStatus } from '../api/ports.ts';
import { portHolder } from '../base/port-holder.ts';

export interface WelcomeInput {
  readonly status: RunningStatus;
  readonly pages: readonly { readonly url: string; readonly problem?: string }[];
  readonly setupToken: string | undefined;
  readonly groups: readonly { readonly name: string; readonly enforcement: Enforcement }[];
  readonly dataDir: string;
}

export function welcome({ status, pages, setupToken, groups, dataDir }: WelcomeInput): readonly string[] {
  const lines = [`Sallyport ${status.version} is up.`];
  for (const { protocol, address, port, error } of status.listeners) {
    const at = `${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`;
    lines.push(
      error === undefined
        ? `  DNS   ${at}`
        : `  DNS   ${at} is NOT answered: ${error.code}\n        ${error.remedy}`,
    );
  }
  for (const { url, problem } of pages) {
    lines.push(problem === undefined ? `  page  ${url}/` : `  page  ${url} is NOT served: ${problem}`);
  }
  if (status.certificate?.selfSigned === true) {
    lines.push(
      '        The browser will ask: the certificate is self-signed. Compare its SHA-256 once:',
      `        ${status.certificate.fingerprint}`,
    );
  }
  lines.push(`  data  ${dataDir}`);
  for (const { name, enforcement } of groups) lines.push(`  group ${name}: ${enforcement.sentence}.`);
  for (const warning of status.warnings) lines.push(`  !     ${warning}`);
  return [...lines, '', ...nextSteps(pages, setupToken, status)];
}

function nextSteps(
  pages: WelcomeInput['pages'],
  setupToken: string | undefined,
  status: RunningStatus,
): readonly string[] {
  const page = pages.find(({ problem }) => problem === undefined)?.url;
  const dns = status.listeners.find(({ error, protocol }) => error === undefined && protocol === 'udp');
  const steps: string[] = [];
  if (setupToken !== undefined && page !== undefined) {
    steps.push(`Set a password (the link works once, for an hour):  ${setupLink(page, setupToken)}`);
  }
  if (dns !== undefined) steps.push(`Ask it something:  dig @${dns.address} -p ${dns.port} plex.tv`);
  steps.push('See what was asked and refused:  npm run sallyport -- status');
  return ['Next:', ...steps.map((step, i) => `  ${i + 1}. ${step}`)];
}

/** What to do when an address cannot be bound for the page. */
export function bindRemedy(
  error: unknown,
  at: { readonly address: string; readonly port: number; readonly variable: string },
): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  switch (code) {
    case 'EADDRINUSE':
      return `${portHolder('tcp', at.port) ?? `another program (\`ss -lptn 'sport = :${at.port}'\` names it)`} listens on ${at.address}:${at.port}; stop it, or set ${at.variable} to another port`;
    case 'EACCES':
      return `ports below 1024 need a privilege; set ${at.variable} to a higher port`;
    case 'EADDRNOTAVAIL':
      return `${at.address} is not an address of this machine; \`ip addr\` lists them`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
