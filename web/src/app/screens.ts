import { t } from '../texts/texts.ts';

/** The screens in the order of their weight; `key` is what follows g on the keyboard. */
export const SCREENS = [
  { to: '/', key: 'o', title: t.nav.overview, onPhone: true },
  { to: '/refused', key: 'r', title: t.nav.refused, onPhone: true },
  { to: '/firewall', key: 'f', title: t.nav.firewall, onPhone: true },
] as const;
