import { Status } from '../../api/contract/status.ts';
import type { Command } from '../command.ts';
import {
  count,
  paragraphs,
  printable,
  printableLines,
  relativeTime,
  table,
  withLocalTimes,
} from '../format.ts';
import { firewallTable } from './firewalls.ts';

export const status: Command = {
  summary: 'what is enforced, what waits for you, and what does not work',
  usage: '',
  examples: [
    ['sallyport status', 'the whole state on one screen'],
    ['sallyport status --json', 'the same for a script'],
  ],
  async run({ client, now }) {
    const read = await client.get('/status', Status);
    return { data: read, text: show(read, now) };
  },
};

function show(read: Status, now: number): string {
  const { counters } = read;
  return paragraphs(
    read.sentences.map(printable).join('\n'),
    read.warnings.map((warning) => `! ${printableLines(warning)}`).join('\n'),
    waiting(read),
    read.promises
      .map(({ id, holds, sentence }) => printable(`${holds ? '✓' : '✗'} ${id} ${withLocalTimes(sentence)}`))
      .join('\n'),
    firewallTable(read.firewalls, now),
    read.firewalls.map((firewall) => printable(firewall.sentence)).join('\n'),
    table(
      ['DNS', 'PROTOCOL', 'STATE'],
      read.listeners.map(({ address, port, protocol, error }) => [
        address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`,
        protocol,
        error === undefined ? 'listening' : `${error.code}: ${error.remedy}`,
      ]),
    ),
    table(
      ['UPSTREAM', 'FOR', 'STATE', 'ASKED', 'MEDIAN', 'FAILED', 'FORGED?', ''],
      read.upstreams.map(({ id, domain, state, counters, lastError }) => [
        id,
        domain ?? 'all',
        state,
        String(counters?.queries ?? '-'),
        counters?.medianMs === undefined ? '-' : `${counters.medianMs} ms`,
        counters === undefined ? '-' : String(counters.failures + counters.timeouts),
        String(counters?.mismatched ?? '-'),
        lastError ?? '',
      ]),
    ),
    read.planes
      .filter((plane) => plane.state !== 'running' && plane.state !== 'resting')
      .map((plane) => `! the ${plane.name} plane is ${plane.state}`)
      .join('\n'),
    `${count(counters.queries, 'question')}: ${counters.cached} from the cache, ${counters.denied} refused, ${counters.failed} failed, ${counters.toldUnconfirmed} answered before the firewall confirmed.\nSallyport ${read.version}, started ${relativeTime(read.startedAt, now)}.`,
    page(read, now),
  );
}

function page({ certificate }: Status, now: number): string {
  if (certificate === undefined) return '';
  const { fingerprint, validTo, selfSigned } = certificate;
  const kind = selfSigned ? 'self-signed: compare this with what the browser shows' : 'of an authority';
  return `Certificate of the page (${kind}), ends ${relativeTime(validTo, now)}; SHA-256:\n${fingerprint}`;
}

function waiting({ waitingDenials, newHosts, openAddresses, configuration }: Status): string {
  const lines = [`${count(openAddresses, 'open address', 'open addresses')}: sallyport leases`];
  if (waitingDenials > 0)
    lines.push(`${count(waitingDenials, 'refused name')} waiting for you: sallyport denied`);
  if (newHosts > 0) lines.push(`${count(newHosts, 'new host')}: sallyport hosts`);
  if (configuration.managed) lines.push(managedText(configuration));
  return lines.join('\n');
}

function managedText({ source, drift }: Status['configuration']): string {
  const beside = drift.length === 0 ? 'nothing beside it' : `${count(drift.length, 'thing')} beside it`;
  return printable(`Groups and rules are those of ${source ?? 'a file'}, ${beside}: sallyport plan`);
}
