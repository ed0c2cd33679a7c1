import { gzipSync } from 'node:zlib';
import type { Plugin, Rollup } from 'vite';

export interface BundleBudget {
  /** Kilobytes, as a browser receives them, of every script and style sheet together. */
  readonly allKb: number;
  /** The same of what has to arrive before somebody has signed in and sees the Overview. */
  readonly firstKb: number;
  /** The modules of that, as ends of their paths. What they load later counts only when it is named here too. */
  readonly first: readonly string[];
}

/** Fails the build when the page has grown beyond what a phone on a slow network should wait for. */
export function bundleBudget({ allKb, firstKb, first }: BundleBudget): Plugin {
  return {
    name: 'bundle-budget',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = Object.values(bundle).filter(({ fileName }) => /\.(js|css)$/.test(fileName));
      const all = kilobytes(files);
      const needed = neededBy(first, bundle);
      const now = kilobytes(files.filter(({ fileName }) => needed.has(fileName)));
      this.info(`${all} KB gzip in all (of ${allKb}), ${now} KB for sign-in and Overview (of ${firstKb})`);
      if (all > allKb) this.error(`the page has ${all} KB gzip, more than ${allKb}`);
      if (now > firstKb) this.error(`sign-in and Overview have ${now} KB gzip, more than ${firstKb}`);
    },
  };
}

/** The chunks that hold these modules, what they import at once, and their style sheets. */
function neededBy(modules: readonly string[], bundle: Rollup.OutputBundle): ReadonlySet<string> {
  const needed = new Set<string>();
  const add = (fileName: string) => {
    const chunk = bundle[fileName];
    if (chunk === undefined || needed.has(fileName)) return;
    needed.add(fileName);
    if (chunk.type !== 'chunk') return;
    for (const style of chunk.viteMetadata?.importedCss ?? []) add(style);
    for (const imported of chunk.imports) add(imported);
  };
  for (const module of modules) {
    const chunk = Object.values(bundle).find(
      (one) => one.type === 'chunk' && Object.keys(one.modules).some((path) => path.endsWith(module)),
    );
    if (chunk === undefined)
      throw new Error(`no chunk holds ${module}: tell the bundle budget its new place`);
    add(chunk.fileName);
  }
  return needed;
}

function kilobytes(files: readonly (Rollup.OutputChunk | Rollup.OutputAsset)[]): number {
  const octets = files.map((file) => gzipSync(file.type === 'chunk' ? file.code : file.source).length);
  return Math.ceil(octets.reduce((sum, size) => sum + size, 0) / 1024);
}
