/** Puts the value in the place of { file: path } and { env: NAME }, and PEM text in the place of its path, so that the schema sees text. */
import type { Environment, ReadFile } from './environment.ts';
import { isMap, type Path, type Written } from './layers.ts';

interface Sources {
  readonly env: Environment;
  readonly readFile: ReadFile;
  readonly problem: (path: Path, wanted: string) => void;
}

/** Only at the keys that hold secrets; anything of another shape is left for the schema to refuse. */
export function resolveSecrets(
  values: { readonly [key: string]: Written },
  sources: Sources,
): { readonly [key: string]: Written } {
  const walk = (value: Written, path: Path): Written => {
    if (Array.isArray(value)) return (value as readonly Written[]).map((item, i) => walk(item, [...path, i]));
    if (typeof value === 'string' && isPemPlace(path) && !value.trimStart().startsWith('-----BEGIN')) {
      return readOrReport(
        value,
        path,
        sources,
        'write the path of a PEM file that Sallyport may read, or its text',
      );
    }
    if (isPagePem(path)) return checked(value, path, sources);
    if (!isMap(value)) return value;
    if (isSecretPlace(path)) return resolve(value, path, sources);
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  return walk(values, []) as { readonly [key: string]: Written };
}

/** Whether what stands there is a secret. */
export function isSecretPlace(path: Path): boolean {
  const pattern = path.map((key) => (typeof key === 'number' ? '*' : key)).join('.');
  return SECRET_PLACES.includes(pattern) || (pattern.startsWith('feeds.*.headers.') && path.length === 4);
}

const SECRET_PLACES = [
  'firewalls.*.key',
  'firewalls.*.secret',
  'feeds.*.token',
  'oidc.clientSecret',
  'adminPassword',
  'apiToken',
];

/** The page's certificate and key: their files are read again while we run, so that the path stays. */
function isPagePem(path: Path): boolean {
  return path[0] === 'web' && path[1] === 'tls' && (path[2] === 'cert' || path[2] === 'key');
}

/** Left as it is where it can be read now. */
function checked(value: Written, path: Path, sources: Sources): Written {
  const written = isMap(value) && typeof value['env'] === 'string' ? resolve(value, path, sources) : value;
  const file = isMap(written) ? written['file'] : written;
  if (typeof file !== 'string' || file === NOT_THERE || file.trimStart().startsWith('-----BEGIN'))
    return written;
  const text = readOrReport(
    file,
    path,
    sources,
    'write the path of a PEM file that Sallyport may read, or its text',
  );
  return text === NOT_THERE ? NOT_THERE : written;
}

/** An upstream's authority is usually given by path. */
function isPemPlace(path: Path): boolean {
  return (path[0] === 'upstreams' || path[0] === 'forward') && path.at(-1) === 'ca';
}

function readOrReport(file: string, path: Path, { readFile, problem }: Sources, wanted: string): string {
  try {
    return readFile(file).trim();
  } catch {
    problem(path, wanted);
    return NOT_THERE;
  }
}

/** Stands for a secret that could not be had: it is a problem of its own already, and not one of shape. */
const NOT_THERE = '-';

function resolve(value: { readonly [key: string]: Written }, path: Path, sources: Sources): Written {
  const { file, env: name } = value;
  if (Object.keys(value).length !== 1) return value;
  if (typeof file === 'string') {
    return readOrReport(file, path, sources, `${file} is not a file that Sallyport may read`);
  }
  if (typeof name === 'string') {
    const text = sources.env[name];
    if (text !== undefined && text !== '') return text;
    sources.problem(path, `the environment has no ${name}`);
    return NOT_THERE;
  }
  return value;
}
