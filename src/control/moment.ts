/** Something that comes to be so once, and counts from then on. */
export interface Moment {
  readonly has: boolean;
  /** Looks whether it is so now. */
  look(): void;
  /** From now on it counts as being so. */
  reach(): void;
  readonly reached: Promise<void>;
}

export function createMoment(isSo: () => boolean): Moment {
  const { promise, resolve } = Promise.withResolvers<void>();
  let has = false;
  const reach = () => {
    has = true;
    resolve();
  };
  return {
    get has() {
      return has;
    },
    look() {
      if (!has && isSo()) reach();
    },
    reach,
    reached: promise,
  };
}
