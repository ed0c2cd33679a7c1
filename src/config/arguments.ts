/** The arguments of `npm start -- ...` that are configuration. */
import type { Layer, Written } from './layers.ts';
import type { Problem } from './problems.ts';

export interface CommandLine extends Layer {
  readonly configPath: string | undefined;
  readonly problems: readonly Problem[];
}

/** --lan <address>: DNS on port 53 and the page on port 8080 of that address. --config <path>. */
export function readArguments(argv: readonly string[]): CommandLine {
  const problems: Problem[] = [];
  let configPath: string | undefined;
  let values: { readonly [key: string]: Written } = {};
  for (let i = 0; i < argv.length; i += 2) {
    const [name = '', value] = [argv[i], argv[i + 1]];
    if (name !== '--lan' && name !== '--config') {
      problems.push({
        key: `argument ${name}`,
        wanted: 'unknown; known are --lan <address> and --config <path>',
      });
      i -= 1;
    } else if (value === undefined) {
      problems.push({
        key: `argument ${name}`,
        wanted: name === '--lan' ? 'write an address behind it' : 'write a path behind it',
      });
    } else if (name === '--config') {
      configPath = value;
    } else {
      const host = value.includes(':') ? `[${value}]` : value;
      values = { dns: { listen: [`${host}:53`] }, web: { listen: [`${host}:8080`] } };
    }
  }
  return { configPath, problems, values, sourceOf: () => 'argument --lan' };
}
