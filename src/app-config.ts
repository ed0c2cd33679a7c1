/** What the threads are started with. Plain data: secrets are not in it, each thread that needs them reads them itself. */
import { readFileSync } from 'node:fs';
import { ownAddresses } from './base/own-addresses.ts';
import { configPath, type LoadedConfig, type LoadOptions, loadConfig } from './config/load.ts';
import { resolvConfUpstreams } from './config/resolv-conf.ts';
import type { Config } from './config/schema/sections.ts';
import { neverListOf } from './control/specs.ts';
import type { DataPlaneConfig } from './data-plane.ts';

export interface AppConfig {
  readonly version: string;
  readonly dataDir: string;
  readonly data: DataPlaneConfig;
  /** The groups each firewall is for, by name; undefined: all. */
  readonly firewallGroups: ReadonlyMap<string, readonly string[] | undefined>;
  /** From which every thread reads the same configuration again, secrets included. */
  readonly source: ConfigSource;
  /** Why the file as it was at the start is not in force, and the last good one is. */
  readonly problem?: string;
}

/** Everything the configuration was read from, as it was at the start: a file changed since counts at the next one. */
export interface ConfigSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly argv: readonly string[];
  readonly files: ReadonlyMap<string, string>;
  readonly databaseSettings: LoadOptions['databaseSettings'];
}

/** Reads the configuration, and keeps what it was read from. Throws KnownError config-invalid. */
export function readConfig(
  env: ConfigSource['env'],
  argv: readonly string[],
  databaseSettings: ConfigSource['databaseSettings'],
  /** In place of what the file says. */
  instead?: string,
): { readonly loaded: LoadedConfig; readonly source: ConfigSource } {
  const files = new Map<string, string>();
  const readFile = (path: string) => {
    const isReplaced = instead !== undefined && path === configPath(env, argv);
    const text = isReplaced ? instead : readFileSync(path, 'utf8');
    files.set(path, text);
    return text;
  };
  const loaded = loadConfig({ env, argv, readFile, databaseSettings });
  return { loaded, source: { env, argv, files, databaseSettings } };
}

/** The same configuration in another thread. */
export function rereadConfig(source: ConfigSource): Config {
  return rereadAll(source).config;
}

/** The same, with what is known of where each part of it was written. */
export function rereadAll({ env, argv, files, databaseSettings }: ConfigSource): LoadedConfig {
  const readFile = (path: string) => {
    const text = files.get(path);
    if (text === undefined)
      throw Object.assign(new Error(`${path} was not there at the start`), { code: 'ENOENT' });
    return text;
  };
  return loadConfig({ env, argv, readFile, databaseSettings });
}

export function dataPlaneConfig(config: Config): DataPlaneConfig {
  const upstreams = config.upstreams ?? systemUpstreams(config.dns.listen);
  return {
    listen: config.dns.listen,
    upstreams,
    forward: config.forward.map(({ domain, upstreams }) => ({ domain: domain.name, upstreams })),
    bootstrap: config.bootstrap,
    upstreamStrategy: config.upstreamStrategy,
    neverOpened: neverListOf(config, upstreams),
    records: config.records,
    limits: config.limits,
  };
}

/** The resolvers of this machine, less ourselves. */
function systemUpstreams(listen: readonly string[]): readonly string[] {
  const own = new Set(listen.some((text) => text.endsWith(':53')) ? ownAddresses() : []);
  try {
    return resolvConfUpstreams(readFileSync('/etc/resolv.conf', 'utf8'), own);
  } catch {
    // No such file, as on Windows: none are known then, and status says so.
    return [];
  }
}
