/** 'user:anna' as people call her. */
export function personOf(actor: string): string {
  return actor.replace(/^user:/, '');
}
