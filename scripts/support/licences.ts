/** Under which licences everything stands that is installed to run Sallyport, and whether we may ship it. */

export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression; undefined where its package says nothing. */
  readonly licence: string | undefined;
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Permissive ones, which ask for no more than their text beside the program, or for nothing at all. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'Unlicense',
]);

/** Of data: they ask at most that whoever made it is named, which the page does, and whatever shows it. */
const ALLOWED_FOR_DATA: ReadonlySet<string> = new Set(['CC0-1.0', 'CC-BY-4.0']);

/** Where a package points to files of its own: what a person read there. */
const READ: ReadonlyMap<string, string> = new Map([
  ['SEE LICENSE IN ROUTEVIEWS-LICENSE and DBIP-LICENSE (CC-BY-4.0)', 'CC-BY-4.0'],
]);

/** What `npm ci --omit=dev` installs on one platform or another, by name and version. */
export function productionDependencies({ packages }: Lock): readonly Dependency[] {
  const found = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path, { version = '', license }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license === undefined ? undefined : (READ.get(license) ?? license),
    }));
  const once = new Map(found.map((one) => [`${one.name} ${one.version}`, one]));
  return [...once.values()].sort((a, b) =>
    a.name === b.name ? a.version.localeCompare(b.version, 'en') : a.name < b.name ? -1 : 1,
  );
}

/** What the page is built from: its own packages (PAGE) and theirs, by name and version. */
export function pageDependencies({ packages }: Lock): readonly Dependency[] {
  const found = new Map<string, Dependency>();
  const add = (name: string) => {
    const locked = packages[`node_modules/${name}`];
    if (locked === undefined || found.has(name)) return;
    found.set(name, { name, version: locked.version ?? '', licence: locked.license });
    for (const next of Object.keys(locked.dependencies ?? {})) add(next);
  };
  for (const name of PAGE) add(name);
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What web/src imports. */
export const PAGE: readonly string[] = [
  '@mantine/core',
  '@mantine/hooks',
  '@tanstack/react-query',
  '@tanstack/react-router',
  '@tanstack/react-virtual',
  'react',
  'react-dom',
];

/** Of a choice (OR) one part has to be allowed, of a sum (AND) all. */
export function isAllowed(licence: string | undefined): boolean {
  if (licence === undefined) return false;
  const text = licence.replace(/^\((.*)\)$/, '$1');
  if (text.includes(' OR ')) return !/[()]/.test(text) && text.split(' OR ').some(isAllowed);
  return text.split(' AND ').every((part) => ALLOWED.has(part) || ALLOWED_FOR_DATA.has(part));
}

/** The page of the documentation. */
export function licencesPage(dependencies: readonly Dependency[], page: readonly Dependency[]): string {
  const byLicence = Map.groupBy(dependencies, ({ licence }) => licence ?? 'none');
  const counts = [...byLicence]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([licence, these]) => `| ${licence} | ${these.length} |`);
  return [
    '# Licences of what comes along',
    '',
    'Sallyport itself is under [Apache 2.0](../LICENSE). `npm ci --omit=dev` installs these beside it, some on one platform only; nearly all',
    'bring the text of their licence in their folder below `node_modules`. Written by `npm run licences`, which ends with exit code 1 where one is not permissive.',
    '',
    'Data: networks by [Route Views](https://www.routeviews.org) and [IP Geolocation by DB-IP](https://db-ip.com) (CC BY 4.0), countries by the',
    '[NRO](https://www.nro.net) (CC BY 4.0, compiled under CC0), all through [ip-location-db](https://github.com/sapics/ip-location-db).',
    '',
    '| licence | packages |',
    '| --- | --- |',
    ...counts,
    '',
    ...table(dependencies),
    '',
    'The page (`web/dist`) is built from these:',
    '',
    ...table(page),
    '',
  ].join('\n');
}

function table(dependencies: readonly Dependency[]): readonly string[] {
  return [
    '| package | version | licence |',
    '| --- | --- | --- |',
    ...dependencies.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence ?? 'none'} |`),
  ];
}
