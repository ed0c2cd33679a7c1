export const STEPS = ['admin', 'dns', 'firewall', 'host', 'learn', 'point', 'leaks', 'done'] as const;
export type Step = (typeof STEPS)[number];

/** The step that is shown stands in the address; without it, the first that is open is. */
export interface SetupSearch {
  readonly step?: Step | undefined;
}

export function readSetupSearch({ step }: Record<string, unknown>): SetupSearch {
  return { step: STEPS.find((one) => one === step) };
}
