import { SegmentedControl, Switch, useMantineColorScheme } from '@mantine/core';
import '@mantine/core/styles/FloatingIndicator.css';
import '@mantine/core/styles/SegmentedControl.css';
import '@mantine/core/styles/Switch.css';
import { useContrast } from '../../app/contrast.ts';
import { useSingleKeysOn } from '../../app/shortcuts.ts';
import { settingsTexts } from '../../texts/en/settings.ts';
import { t } from '../../texts/texts.ts';
import { Section } from '../../ui/section.tsx';

/** What is kept in this browser. */
export function BrowserSettings() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [contrast, setContrast] = useContrast();
  const [keysOn, setKeysOn] = useSingleKeysOn();
  return (
    <Section title={settingsTexts.appearance} aside={settingsTexts.appearanceText}>
      <div className="card stack">
        <SegmentedControl
          aria-label={t.header.theme}
          value={colorScheme}
          onChange={(value) => setColorScheme(SCHEMES.find((one) => one === value) ?? 'auto')}
          data={SCHEMES.map((value) => ({ value, label: t.header.themes[value] }))}
          className="start"
        />
        <Switch
          label={t.header.contrast}
          checked={contrast}
          onChange={(event) => setContrast(event.currentTarget.checked)}
        />
        <Switch
          label={t.keys.on}
          description={settingsTexts.keyboardText}
          checked={keysOn}
          onChange={(event) => setKeysOn(event.currentTarget.checked)}
        />
      </div>
    </Section>
  );
}

const SCHEMES = ['auto', 'light', 'dark'] as const;
