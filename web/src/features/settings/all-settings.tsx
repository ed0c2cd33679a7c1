import { settingsTexts } from '../../texts/en/settings.ts';
import { Section } from '../../ui/section.tsx';
import { LoadingRows, ProblemCard } from '../../ui/states.tsx';
import { useSettings } from './reads.ts';
import type { Setting } from './types.ts';

const words = settingsTexts.all;

/** Every setting, with what is in force and what has set it; what is searched for, or else the advanced ones folded away. */
export function AllSettings({ text }: { readonly text: string }) {
  const { data, error, refetch } = useSettings(true);
  if (data === undefined) {
    return (
      <Section title={words.title}>
        {error === null ? (
          <LoadingRows rows={4} height={32} />
        ) : (
          <ProblemCard error={error} onRetry={() => void refetch()} />
        )}
      </Section>
    );
  }
  const found = data.items.filter((setting) => isAbout(setting, text));
  if (text !== '' && found.length === 0) return null;
  const isSearching = text !== '';
  const advanced = found.filter(isAdvanced);
  const isSet = ({ source }: Setting) => source !== 'default';
  const plain = found.filter((setting) => !isAdvanced(setting) && isSet(setting));
  const usual = found.filter((setting) => !isAdvanced(setting) && !isSet(setting));
  return (
    <Section title={words.title}>
      <div className="card stack">
        <p className="small">{words.text}</p>
        {plain.length === 0 ? null : <Table settings={plain} label={words.title} />}
        {usual.length === 0 ? null : (
          <details open={isSearching}>
            <summary>{words.usual}</summary>
            <Table settings={usual} label={words.usual} />
          </details>
        )}
        {advanced.length === 0 ? null : (
          <details open={isSearching}>
            <summary>{words.advanced}</summary>
            <p className="small">{words.advancedText}</p>
            <Table settings={advanced} label={words.advanced} />
          </details>
        )}
      </div>
    </Section>
  );
}

function Table({ settings, label }: { readonly settings: readonly Setting[]; readonly label: string }) {
  return (
    <table className="settings-table" aria-label={label}>
      <thead>
        <tr className="setting setting-head">
          <th scope="col">{settingsTexts.name}</th>
          <th scope="col">{words.inForce}</th>
          <th scope="col">{words.default}</th>
          <th scope="col">{words.source}</th>
        </tr>
      </thead>
      <tbody>
        {settings.map((setting) => (
          <Row key={setting.key} setting={setting} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ setting }: { readonly setting: Setting }) {
  const { key, value, default: usual, source, place } = setting;
  const isLocked = source === 'environment' || source === 'file' || source === 'argument';
  return (
    <tr className="setting">
      <td>
        <code>{key}</code>
        <span className="small"> {purposeOf(key)}</span>
      </td>
      <td data-title={words.inForce}>{value ?? usual ?? words.none}</td>
      <td data-title={words.default} className="soft">
        {usual ?? words.none}
      </td>
      <td data-title={words.source}>
        {isLocked ? (
          <>
            <span className="soft">{words.locked}</span> <code>{place}</code>
          </>
        ) : (
          <span className="soft">{source === 'page' ? words.page : words.isDefault}</span>
        )}
      </td>
    </tr>
  );
}

/** In every key, value, source and purpose: people search for what they know of it. */
export function isAbout({ key, value = '', place = '' }: Setting, text: string): boolean {
  const wanted = text.toLowerCase();
  return [key, value, place, purposeOf(key)].some((part) => part.toLowerCase().includes(wanted));
}

function purposeOf(key: string): string {
  return (
    words.whatFor[key] ??
    words.whatFor[key.replace(/^groups\.[^.]+\./, '').replace(/^.*\.(gate\..*)$/, '$1')] ??
    ''
  );
}

function isAdvanced({ key }: Setting): boolean {
  return key.startsWith('groups.') || key.startsWith('limits.') || key === 'sync.schedule';
}
