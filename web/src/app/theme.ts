import { type CSSVariablesResolver, createTheme } from '@mantine/core';

/** Mantine's own colours miss the contrast of WCAG AA in several places; these were measured to pass, in light and in dark. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: 'md',
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", "DejaVu Sans Mono", monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.05rem' } } },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // Where its button is, a menu is within a landmark; and its first item takes the focus, not a placeholder that is no item.
    Menu: { defaultProps: { withinPortal: false, withInitialFocusPlaceholder: false } },
  },
});

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#f5f6f8',
    '--mantine-color-dimmed': '#565e69',
    '--mantine-color-anchor': '#3347b8',
    '--mantine-color-placeholder': '#646d78',
    '--mantine-color-teal-light-color': '#065f46',
    '--mantine-color-red-light-color': '#991b1b',
    '--mantine-color-orange-light-color': '#8a3b06',
    '--mantine-color-gray-light-color': '#3d444d',
    '--mantine-color-error': '#b42318',
  },
  dark: {
    '--mantine-color-body': '#14161b',
    '--mantine-color-dimmed': '#a7aeb8',
    '--mantine-color-anchor': '#a5b4fc',
    '--mantine-color-placeholder': '#9aa1ab',
    '--mantine-color-teal-light-color': '#8ce99a',
    '--mantine-color-red-light-color': '#ffc9c9',
    '--mantine-color-orange-light-color': '#ffd8a8',
    '--mantine-color-gray-light-color': '#ced4da',
    '--mantine-color-indigo-light-color': '#c5cfff',
    '--mantine-color-error': '#ff9c94',
  },
});
