import { SETTINGS, type Setting, STEPS, setStage } from './steps.ts';

export interface Scenario {
  readonly file: string;
  /** What must happen, in a sentence: its first line. */
  readonly title: string;
  readonly lines: readonly { readonly number: number; readonly text: string }[];
}

export function readScenario(file: string, text: string): Scenario {
  const [title = '', ...rest] = text.split('\n');
  const lines = rest
    .map((line, i) => ({ number: i + 2, text: line.replace(/#.*/, '').trim() }))
    .filter((line) => line.text !== '');
  return { file, title, lines };
}

/** Plays it from the first line to the last; whatever goes wrong is told with file and line. */
export async function play({ file, lines }: Scenario): Promise<void> {
  const setting: Setting = { rules: [], upstreams: ['upstream'], group: 'ungated' };
  const at = lines.findIndex((line) => SETTINGS.every(([pattern]) => !pattern.test(line.text)));
  const begin = at === -1 ? lines.length : at;
  for (const line of lines.slice(0, begin)) await act(SETTINGS, setting, file, line);
  const stage = setStage(setting);
  for (const line of lines.slice(begin)) await act(STEPS, stage, file, line);
}

async function act<On>(
  steps: readonly (readonly [RegExp, (on: On, ...words: string[]) => void | Promise<void>])[],
  on: On,
  file: string,
  line: Scenario['lines'][number],
): Promise<void> {
  try {
    for (const [pattern, act] of steps) {
      const words = pattern.exec(line.text);
      if (words !== null) return await act(on, ...words.slice(1));
    }
    throw new Error('nothing is known to do here; README.md lists the steps, settings come first');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${file}:${line.number}: ${line.text}\n${why}`, { cause: error });
  }
}
