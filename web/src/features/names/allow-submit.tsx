import { Button } from '@mantine/core';
import type { NameLook } from '../../api/types.ts';
import { namesTexts } from '../../texts/en/names.ts';
import { isOpenDoor } from './name-warning.tsx';

/** The last button of a form that allows a name: what that opens may be so much that the button has to say it. */
export function AllowSubmit({
  look,
  loading,
  children,
}: {
  readonly look: NameLook | undefined;
  readonly loading: boolean;
  readonly children: string;
}) {
  return isOpenDoor(look) ? (
    <Button type="submit" loading={loading} color="red" variant="light">
      {namesTexts.wideAnyway}
    </Button>
  ) : (
    <Button type="submit" loading={loading}>
      {children}
    </Button>
  );
}
