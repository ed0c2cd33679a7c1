import { t } from '../../texts/texts.ts';

/** That there is another way in than passwords of our own, where none is configured yet. */
export function ProviderHint() {
  return (
    <p className="small">
      {t.setUp.provider} <code>{t.setUp.providerDocs}</code>
    </p>
  );
}
