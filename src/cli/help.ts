import type { Command } from './command.ts';
import { paragraphs } from './format.ts';

export function overview(commands: Readonly<Record<string, Command>>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return paragraphs(
    'sallyport <command>: the outbound gate of a server you only half trust.',
    Object.entries(commands)
      .map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`)
      .join('\n'),
    EVERYWHERE,
    'Exit code: 0 done, 1 failed or refused, 2 wrong command line.\nMore about one: sallyport <command> --help',
  );
}

export function commandHelp(name: string, command: Command): string {
  const options = Object.entries(command.explain ?? {});
  const width = Math.max(0, ...options.map(([option]) => option.length));
  const lineWidth = Math.max(...command.examples.map(([line]) => line.length));
  return paragraphs(
    `sallyport ${name} ${command.usage}`.trimEnd(),
    command.summary,
    options.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`).join('\n'),
    EVERYWHERE,
    ['Examples:', ...command.examples.map(([line, text]) => `  ${line.padEnd(lineWidth)}  ${text}`)].join(
      '\n',
    ),
    command.exitCodes ?? '',
  );
}

const EVERYWHERE = `  --data-dir DIR  where the running Sallyport keeps its data (SALLYPORT_DATA_DIR, ./data)
  --json          the answer of the API instead of text
  --help          this`;
