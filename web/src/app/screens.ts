import { t } from '../texts/texts.ts';

/** The screens in the order of their weight; `key` is what follows g on the keyboard; those that are not `onPhone` are in its menu there. */
export const SCREENS = [
  { to: '/', key: 'o', title: t.nav.overview, onPhone: true },
  { to: '/refused', key: 'r', title: t.nav.refused, onPhone: true },
  { to: '/domains', key: 'd', title: t.nav.domains, onPhone: true },
  { to: '/firewall', key: 'f', title: t.nav.firewall, onPhone: true },
  { to: '/log', key: 'l', title: t.nav.log, onPhone: false },
  { to: '/audit', key: 'a', title: t.nav.audit, onPhone: false },
  { to: '/settings', key: 's', title: t.nav.settings, onPhone: false },
] as const;
