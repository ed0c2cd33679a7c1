/** Which protected hosts are reviewed. */
export interface LearnSearch {
  readonly group?: string | undefined;
}

export function readLearnSearch({ group }: Record<string, unknown>): LearnSearch {
  return { group: typeof group === 'string' ? group : undefined };
}
