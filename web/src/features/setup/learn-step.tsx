import { Link } from '@tanstack/react-router';
import type { Status } from '../../api/types.ts';
import { setupTexts } from '../../texts/en/setup.ts';
import { protectedGroups } from './places.ts';
import type { SetupStep } from './types.ts';

/** Learning begins with the group: here it is said what that means, and where it leads. */
export function LearnStep({
  status,
  item,
}: {
  readonly status: Status;
  readonly item: SetupStep | undefined;
}) {
  const { learn } = setupTexts;
  const groups = protectedGroups(status);
  return (
    <>
      <p>{learn.text}</p>
      <p>{learn.days}</p>
      {groups.length === 0 ? (
        <p className="hint">{learn.start}</p>
      ) : (
        <p className="good-text">✓ {item?.detail}</p>
      )}
      {groups.map(({ name }) => (
        <p key={name}>
          <Link to="/learn" search={{ group: name }}>
            {learn.review(name)}
          </Link>
        </p>
      ))}
    </>
  );
}
