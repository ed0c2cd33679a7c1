/** Why a target is missed, as far as it was looked into; written by hand, printed only while it is missed. */
export const CAUSES: Readonly<Record<string, string>> = {};
