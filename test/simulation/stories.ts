/** Simulations in which something certain happens, in place of faults at random. */
import { outage, type Stage } from './faults.ts';
import { HOUR } from './world.ts';

export const STORIES = {
  /** Two hours to open what is wanted, twelve in which no upstream answers, and the time after. */
  'outage of twelve hours'(stage: Stage) {
    stage.timeline.after(2 * HOUR, () => {
      stage.watcher.happened('upstream outage');
      outage(stage, 'silence', 12 * HOUR);
    });
  },
} as const;

export type StoryName = keyof typeof STORIES;

export function storyOf(name: StoryName): (stage: Stage) => void {
  return STORIES[name];
}
