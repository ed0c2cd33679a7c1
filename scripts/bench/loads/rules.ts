/** 100,000 rules in one group: what a decision costs, and what taking them up costs. Measured in this process. */
import { type DomainName, parseDomainName } from '../../../src/base/domain-name.ts';
import { TYPE } from '../../../src/dns/wire/constants.ts';
import { parsePattern } from '../../../src/policy/pattern.ts';
import { compilePolicy, type PolicyRule } from '../../../src/policy/policy.ts';
import type { Bench, Load, LoadResult, Target } from '../load.ts';
import { figureOf, showFigure } from '../statistics.ts';

const RULES = 100_000;
const DECISIONS = 1_000_000;

export const rules: Load = {
  name: 'rules',
  about: 'a decision among 100,000 rules, and loading them',
  needs: [],
  measure: async (bench) => measure(bench),
};

function measure(bench: Bench): LoadResult {
  const texts = Array.from({ length: RULES }, (_, i) => patternOf(i));
  const asked = Array.from({ length: RULES }, (_, i) => nameFor(i));
  const loadMs: number[] = [];
  const decisionUs: number[] = [];
  for (let round = 1; round <= bench.rounds; round++) {
    bench.signal.throwIfAborted();
    const began = processorMs();
    const policy = compilePolicy(texts.map(ruleOf));
    loadMs.push(processorMs() - began);

    const beganDeciding = processorMs();
    let allowed = 0;
    for (let i = 0; i < DECISIONS; i++) {
      const name = asked[i % RULES];
      if (name !== undefined && policy.decide(name, TYPE.A, 'enforce', 0).allowed) allowed++;
    }
    decisionUs.push(((processorMs() - beganDeciding) * 1000) / DECISIONS);
    if (allowed === 0 || allowed === DECISIONS) throw new Error('the rules decide nothing');
    bench.progress(
      `rules        ${round}/${bench.rounds}  loaded in ${loadMs.at(-1)?.toFixed(0)} ms, ${decisionUs.at(-1)?.toFixed(2)} µs a decision`,
    );
  }
  const targets: Target[] = [
    below('rules-decision', '100,000 rules: one decision', decisionUs, 1, 'µs'),
    below('rules-load', '100,000 rules: loading', loadMs, 1000, 'ms'),
  ];
  return {
    load: 'rules',
    targets,
    section: `A third exact, a third \`*.name\`, a third \`.name\`, every tenth a deny; the names asked are two thirds allowed. Loading is parsing
every pattern and compiling the policy. Processor time of the bench's own process: no socket, no database.

- one decision: ${targets[0]?.measured}
- loading: ${targets[1]?.measured}
`,
  };
}

function below(id: string, what: string, values: readonly number[], most: number, unit: string): Target {
  const figure = figureOf(values);
  return {
    id,
    what,
    wanted: `below ${most} ${unit}`,
    measured: showFigure(figure, (value) => `${value.toFixed(unit === 'ms' ? 0 : 2)} ${unit}`),
    met: figure.median < most,
  };
}

function patternOf(i: number): string {
  return `${['', '*.', '.'][i % 3]}host${i}.zone${i % 1000}.example.org`;
}

/** Of this process, so that a busy neighbour is not counted. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Now the name of a rule, now one below it, now one that nothing matches. */
function nameFor(i: number): DomainName {
  const host = (i * 7919) % (RULES * 1.2);
  const name = parseDomainName(`${['', 'www.', 'a.b.c.'][i % 3]}host${host}.zone${host % 1000}.example.org`);
  // As it comes out of a packet: one piece of memory, not the pieces it was put together from.
  return Buffer.from(name, 'latin1').toString('latin1') as DomainName;
}

function ruleOf(text: string, id: number): PolicyRule {
  return {
    id,
    action: id % 10 === 9 ? 'deny' : 'allow',
    pattern: parsePattern(text),
    types: [TYPE.A, TYPE.AAAA],
    temporary: false,
    expiresAt: undefined,
    private: false,
  };
}
