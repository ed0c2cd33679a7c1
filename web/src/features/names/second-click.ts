import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { NameLook } from '../../api/types.ts';
import { nameLooksQuery } from './name-looks.ts';
import { isOpenDoor } from './name-warning.tsx';

/** Holds a pattern back that was not looked at yet; one that is an open door is shown first, and goes with the next click. */
export function useSecondClick(pattern: string, group: string, shown: NameLook | undefined) {
  const cache = useQueryClient();
  const [found, setFound] = useState<NameLook>();
  const look = useMutation({
    mutationFn: async () => {
      const { items } = await cache.fetchQuery(nameLooksQuery([pattern], group));
      return items.find(({ name }) => name === pattern);
    },
  });
  const known = shown ?? (found?.name === pattern ? found : undefined);
  return {
    look: known,
    isLooking: look.isPending,
    error: look.error,
    submit(act: () => void): void {
      if (known !== undefined || ONE_NAME.test(pattern)) {
        act();
        return;
      }
      look.mutate(undefined, {
        onSuccess(fresh) {
          if (isOpenDoor(fresh)) setFound(fresh);
          else act();
        },
      });
    },
  };
}

/** Without a wildcard, and without letters that might be read as one. */
const ONE_NAME = /^[a-z0-9_-][\x20-\x7e]*$/i;
