import { getHotkeyHandler, useLocalStorage } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { SCREENS } from './screens.ts';

/** Single keys can be in the way of speech input and of habits: they can be switched off (WCAG 2.1.4). */
export function useSingleKeysOn(): readonly [boolean, (on: boolean) => void] {
  const [on, setOn] = useLocalStorage({
    key: 'sallyport-single-keys',
    defaultValue: true,
    getInitialValueInEffect: false,
  });
  return [on, setOn];
}

/** What each key does; false: it was not meant for this. */
export type Keys = Readonly<Record<string, (() => unknown) | undefined>>;

/** Single keys of a screen, by what they type; not while somebody writes, and not with Ctrl, Alt or Meta. */
export function useSingleKeys(keys: Keys, { first = false }: { readonly first?: boolean } = {}): void {
  const [on] = useSingleKeysOn();
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    if (!on) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
      if (isWriting(event.target) || isDialogOpen()) return;
      const act = current.current[event.key];
      if (act === undefined || act() === false) return;
      event.preventDefault();
    };
    document.addEventListener('keydown', onKey, first);
    return () => document.removeEventListener('keydown', onKey, first);
  }, [on, first]);
}

/** Ctrl K, ?, and g followed by the letter of a screen. */
export function useGlobalShortcuts(act: {
  readonly onSearch: () => void;
  readonly onHelp: () => void;
}): void {
  const navigate = useNavigate();
  const goUntil = useRef(0);
  const { onSearch, onHelp } = act;

  useEffect(() => {
    const onKey = getHotkeyHandler([
      [
        'mod+K',
        () => {
          // What is written in an open dialog would be lost with the way to another screen.
          if (!isDialogOpen()) onSearch();
        },
      ],
    ]);
    const listen = (event: KeyboardEvent) => onKey(event);
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [onSearch]);

  const go = Object.fromEntries(
    SCREENS.map(({ key, to }) => [
      key,
      () => {
        if (performance.now() >= goUntil.current) return false;
        goUntil.current = 0;
        return navigate({ to });
      },
    ]),
  );
  useSingleKeys(
    {
      ...go,
      g: () => {
        goUntil.current = performance.now() + GO_MS;
      },
      '?': onHelp,
      '/': () => document.querySelector<HTMLInputElement>('[data-filter]')?.focus(),
    },
    // Before those of the screen: after g a letter means a screen.
    { first: true },
  );
}

function isWriting(target: EventTarget | null): boolean {
  return target instanceof HTMLElement &&
    target.closest('input, textarea, select, [contenteditable]') !== null
    ? !(target instanceof HTMLInputElement && target.type === 'checkbox')
    : false;
}

function isDialogOpen(): boolean {
  return document.querySelector('dialog[open], [role="dialog"], [role="menu"]') !== null;
}

/** Milliseconds for the second key. */
const GO_MS = 1_500;
