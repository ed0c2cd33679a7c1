import { readFileSync } from 'node:fs';

/** The part of a Dockerfile that our image is made of. */
export interface Stage {
  readonly base: string;
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  readonly copies: readonly Copy[];
  readonly exposed: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  /** Sources of every COPY of every stage. */
  readonly allSources: readonly string[];
}

export interface Copy {
  readonly from?: string;
  readonly owner?: string;
  readonly sources: readonly string[];
  readonly target: string;
}

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

export function readDockerfile(path: string): readonly Instruction[] {
  const text = readFileSync(path, 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '');
  return text.split('\n').flatMap((line) => {
    const [, word, rest] = line.match(/^([A-Z]+) (.*)$/) ?? [];
    return word === undefined || rest === undefined ? [] : [{ word, rest }];
  });
}

/** The last stage, with what it has from the stages it is built on. */
export function finalStage(instructions: readonly Instruction[]): Stage {
  const stages = new Map<string, readonly Instruction[]>();
  let name = '';
  for (const instruction of instructions) {
    if (instruction.word === 'FROM') {
      const [base = '', , as = ''] = instruction.rest.split(' ');
      name = as;
      stages.set(name, stages.get(base) ?? [instruction]);
    } else {
      stages.set(name, [...(stages.get(name) ?? []), instruction]);
    }
  }
  const last = stages.get(name) ?? [];
  const all = (word: string) => last.filter((i) => i.word === word).map((i) => i.rest);
  return {
    base: all('FROM')[0]?.split(' ')[0] ?? '',
    user: all('USER').at(-1) ?? 'root',
    env: Object.fromEntries(
      all('ENV').flatMap((line) => [...line.matchAll(/(\w+)=(\S+)/g)].map(([, k = '', v = '']) => [k, v])),
    ),
    copies: all('COPY')
      .map(readCopy)
      .filter((copy) => copy.from === undefined || copy.owner !== undefined),
    exposed: all('EXPOSE').flatMap((line) => line.split(' ')),
    command: JSON.parse(all('CMD').at(-1) ?? '[]'),
    healthcheck: JSON.parse(
      all('HEALTHCHECK')
        .at(-1)
        ?.replace(/^.*CMD /, '') ?? '[]',
    ),
    allSources: instructions.filter((i) => i.word === 'COPY').flatMap((i) => readCopy(i.rest).sources),
  };
}

function readCopy(rest: string): Copy {
  const words = rest.split(' ');
  const from = words.find((word) => word.startsWith('--from='))?.slice(7);
  const owner = words.find((word) => word.startsWith('--chown='))?.slice(8);
  const paths = words.filter((word) => !word.startsWith('--'));
  return {
    ...(from === undefined ? {} : { from }),
    ...(owner === undefined ? {} : { owner }),
    sources: paths.slice(0, -1),
    target: paths.at(-1) ?? '',
  };
}
