import { createCollector, type Imported, linesOf } from './entry.ts';

/** dnsmasq: `nftset=/a/b/4#inet#fw4#set` and `ipset=/a/b/set`. A name there covers everything below it. */
export function importDnsmasq(text: string): Imported {
  const found = createCollector();
  for (const [line, written] of linesOf(text)) {
    const setting = written.replace(/^--/, '').replace(/\s+#.*$/, '');
    if (setting === '' || setting.startsWith('#')) continue;
    const [, kind = '', names = '', set = ''] = /^(nftset|ipset)\s*=\s*\/(.*)\/([^/]+)$/.exec(setting) ?? [];
    if (kind === '') {
      found.skip(line, written, 'neither nftset= nor ipset=');
      continue;
    }
    for (const name of names.split('/')) {
      if (name === '#' || name === '') found.skip(line, written, 'it stands for every name');
      else found.add(line, 'allow', subtree(name), `${kind} ${set}`);
    }
  }
  return found.result('dnsmasq');
}

/** A star in dnsmasq's patterns is refused with its reason. */
function subtree(name: string): string {
  return name.startsWith('*') ? name : `.${name.replace(/^\./, '')}`;
}
