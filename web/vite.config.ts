import { defineConfig } from 'vite';
import { bundleBudget } from './build/bundle-budget.ts';

/** The page: every path in it is relative, so that it works below any base path. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // From here on browsers know light-dark(); translated for older ones it would no longer follow the theme that was chosen.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // data: URLs would need a hole in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      onLog(level, log, report) {
        // Mantine marks each module for servers that render React; here all of it runs in the browser.
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log);
      },
    },
  },
  plugins: [
    bundleBudget({
      allKb: 350,
      firstKb: 200,
      first: ['src/main.tsx', 'src/features/overview/overview-screen.tsx'],
    }),
  ],
  // `npm run dev:web` shows the sources; the API is that of a Sallyport that runs beside it.
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
});
