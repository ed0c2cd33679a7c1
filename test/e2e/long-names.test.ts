/** A name of 253 characters, the longest there is: who decides about it sees all of it, its end above all. */
import { expect, test } from 'vitest';
import { group, refused } from '../actions/world.ts';
import { eachInItsHouse, type House } from './house.ts';

const LABEL = 'a'.repeat(63);
const LONG = `${LABEL}.${LABEL}.${LABEL}.${'b'.repeat(49)}.example.net`;
let house: House;

eachInItsHouse((opened) => {
  house = opened;
});

test.each([1280, 320])('no dialog cuts a name off, at %s pixels', async (width) => {
  const { page, world, setUp } = house;
  refused(world, group(world, 'plex', { mode: 'enforce' }), LONG);
  await page.setViewportSize({ width, height: 900 });
  await setUp();
  await page.getByRole('button', { name: `Always: ${LONG}` }).click();
  await page.getByText('has a label that looks made by a machine').waitFor();
  expect(await page.evaluate(BEYOND_THE_EDGE)).toEqual([]);
});

/** What the open dialog says and does not show. */
const BEYOND_THE_EDGE = `
  [...document.querySelectorAll('dialog[open] *')]
    .filter((one) => one.getBoundingClientRect().right > one.closest('dialog').getBoundingClientRect().right || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1 && getComputedStyle(one).display !== 'inline')
    .map((one) => one.textContent)
    .filter((text) => text !== '')
`;
