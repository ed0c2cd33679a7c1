import { ReproduceRunning } from './running.tsx';
import { ReproduceStart } from './start.tsx';

/** Loaded behind the overview's first sight. */
export function ReproduceOnOverview() {
  return (
    <div className="stack section">
      <ReproduceRunning />
      <ReproduceStart />
    </div>
  );
}
