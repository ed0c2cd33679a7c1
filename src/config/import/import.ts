/** Reads what other products keep as lists of names. Every file is hostile: it is bounded, and nothing in it is run. */
import { KnownError } from '../../base/errors.ts';
import { importAdguard } from './adguard.ts';
import { type Files, isGzip, isZip, unpackTarGz, unpackZip } from './archive.ts';
import { importDnsmasq } from './dnsmasq.ts';
import { createCollector, type Imported, type ImportFormat } from './entry.ts';
import { addJson, addRows, importPihole, type Meaning } from './pihole.ts';
import { importPlain } from './plain.ts';
import { importSquidDomains, importSquidLog } from './squid.ts';

/** Reads the rows of the domain list of a gravity.db. */
export type ReadGravity = (database: Buffer) => readonly unknown[];

/** Throws KnownError invalid-input when it is none of the formats, or broken. */
export function readImport(
  octets: Buffer,
  format: ImportFormat | 'auto',
  readGravity: ReadGravity,
): Imported {
  if (isZip(octets)) return fromTeleporter(unpackZip(octets, isOfPihole), readGravity);
  if (isGzip(octets)) return fromTeleporter(unpackTarGz(octets, isOfPihole), readGravity);
  if (octets.subarray(0, SQLITE.length).equals(SQLITE)) return fromGravity(readGravity(octets));
  if (octets.subarray(0, LOOKED_AT).includes(0))
    throw new KnownError('invalid-input', 'this is no text, and no archive that is known', {
      hint: 'Text files, Teleporter archives of Pi-hole (.zip, .tar.gz) and its gravity.db are read.',
    });
  const text = octets.toString('utf8').replace(/^\ufeff/, '');
  return format === 'auto' ? IMPORTERS[formatOf(text)](text, true) : IMPORTERS[format](text, false);
}

const IMPORTERS: Readonly<Record<ImportFormat, (text: string, isGuessed: boolean) => Imported>> = {
  plain: importPlain,
  'squid-dstdomain': importSquidDomains,
  'squid-log': importSquidLog,
  pihole: importPihole,
  adguard: importAdguard,
  dnsmasq: importDnsmasq,
};

/** By what only this format has; a list of names is what is left. */
function formatOf(text: string): ImportFormat {
  const start = text.slice(0, LOOKED_AT);
  if (/^\s*[[{]/.test(start) || /^[0-3]\|[^|\n]+\|/m.test(start)) return 'pihole';
  if (/^user_rules:/m.test(text) || /^(@@)?\|\|/m.test(start)) return 'adguard';
  if (/^(--)?(nftset|ipset)\s*=/m.test(start)) return 'dnsmasq';
  if (/^\d{9,}\.\d{3}\s+-?\d+\s+\S+\s+\w+\/\d{3}\s/m.test(start)) return 'squid-log';
  if (/^\s*acl\s+\S+\s+dstdomain\s/m.test(start)) return 'squid-dstdomain';
  return 'plain';
}

/** Octets in which a format shows itself. */
const LOOKED_AT = 65_536;
const SQLITE = Buffer.from('SQLite format 3\0');

/** Version 5 has a file for each list, version 6 its database. */
const PIHOLE_FILES: Readonly<Record<string, Meaning>> = {
  'whitelist.exact.json': { action: 'allow', regex: false },
  'whitelist.regex.json': { action: 'allow', regex: true },
  'blacklist.exact.json': { action: 'deny', regex: false },
  'blacklist.regex.json': { action: 'deny', regex: true },
};
const GRAVITY = 'gravity.db';

function isOfPihole(name: string): boolean {
  return name === GRAVITY || Object.hasOwn(PIHOLE_FILES, name);
}

function fromTeleporter(files: Files, readGravity: ReadGravity): Imported {
  if (files.size === 0)
    throw new KnownError('invalid-input', 'no list of Pi-hole is in this archive', {
      hint: 'Take the export of Settings, Teleporter.',
    });
  const gravity = files.get(GRAVITY);
  if (gravity !== undefined) return fromGravity(readGravity(gravity));
  const found = createCollector();
  for (const [name, meaning] of Object.entries(PIHOLE_FILES)) {
    const content = files.get(name);
    if (content !== undefined) addJson(found, content.toString('utf8'), meaning);
  }
  return found.result('pihole');
}

function fromGravity(rows: readonly unknown[]): Imported {
  const found = createCollector();
  addRows(found, rows, {});
  return found.result('pihole');
}
