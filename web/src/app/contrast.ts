import { useLocalStorage } from '@mantine/hooks';
import { useEffect } from 'react';

/** High contrast beside light and dark; a system that asks for more contrast gets it without being told. */
export function useContrast(): readonly [boolean, (on: boolean) => void] {
  const [on, setOn] = useLocalStorage({
    key: 'sallyport-contrast',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  useEffect(() => {
    document.documentElement.dataset['contrast'] = on ? 'high' : 'usual';
  }, [on]);
  return [on, setOn];
}
