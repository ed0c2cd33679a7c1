/** `npm run licences` writes docs/licences.md from what is locked; exit code 1 where a licence is not among those allowed. */
import { readFileSync, writeFileSync } from 'node:fs';
import {
  isAllowed,
  type Lock,
  licencesPage,
  pageDependencies,
  productionDependencies,
} from './support/licences.ts';

const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as Lock;
const dependencies = productionDependencies(lock);
const page = pageDependencies(lock);
const refused = [...dependencies, ...page].filter(({ licence }) => !isAllowed(licence));
writeFileSync(new URL('../docs/licences.md', import.meta.url), licencesPage(dependencies, page));
for (const { name, version, licence } of refused) {
  console.error(
    `${name} ${version}: ${licence ?? 'no licence'} is not allowed (scripts/support/licences.ts); use another package`,
  );
}
console.log(`docs/licences.md: ${dependencies.length + page.length} packages`);
process.exitCode = refused.length === 0 ? 0 : 1;
