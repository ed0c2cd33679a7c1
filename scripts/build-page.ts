/**
 * Builds the page that Sallyport serves, from web/ into web/dist.
 *
 *   npm run build:web        always; exit code 1 where it could not be built
 *   ... --if-needed          only when it is missing or older than its sources, and never in the way of a start
 */
import { parseArgs } from 'node:util';
import { buildPage, isPageCurrent } from './support/page.ts';

const { values } = parseArgs({ options: { 'if-needed': { type: 'boolean', default: false } } });
if (!values['if-needed']) {
  await buildPage();
} else if (!isPageCurrent()) {
  console.log('building the page…');
  try {
    await buildPage({ quiet: true });
  } catch (error) {
    // Names must resolve whether or not there is a page: the server says what is missing where the page would be.
    console.error(`The page could not be built: ${error instanceof Error ? error.message : error}`);
    console.error('Sallyport starts without it. To build it: `npm ci && npm run build:web`.');
  }
}
