/** Settings made on the page: keys as in sallyport.yaml, nested ones with points ('sync.schedule'). */
import { type Layer, merge, type Written, withValue } from './layers.ts';
import { SECTIONS } from './schema/sections.ts';

/** Other things are kept in the same table; what is no key of the configuration is left alone. */
export function databaseLayer(settings: Readonly<Record<string, Written>>): Layer {
  let values: { readonly [key: string]: Written } = {};
  for (const [key, value] of Object.entries(settings)) {
    const path = key.split('.');
    if (Object.hasOwn(SECTIONS, path[0] ?? '') && path[0] !== 'dataDir')
      values = merge(values, withValue(path, value));
  }
  return { values, sourceOf: () => 'database' };
}
