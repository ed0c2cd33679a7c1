/** Who asks: written into rules and the audit. */
export interface Actor {
  /** user:admin, token, cli, system */
  readonly name: string;
  /** The address the request came from, or 'socket'. */
  readonly origin: string;
  /** The entry of the audit that is taken back. */
  readonly reverts?: number;
}
