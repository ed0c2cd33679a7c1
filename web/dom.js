// Building blocks. Everything the network said goes in as text (append, textContent), never as markup.

export const byId = (id) => document.getElementById(id);

/** Rows shown of each list; the command line shows all. */
export const SHOWN = 50;

export class Refused extends Error {
  constructor(problem, status) {
    super(problem.hint ? `${problem.detail}. ${problem.hint}` : problem.detail);
    this.code = problem.code;
    this.status = status;
  }
}

export async function ask(method, path, body) {
  const response = await fetch(`api/v1${path}`, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refused(answer, response.status);
  return answer;
}

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== undefined && child !== ''));
  return node;
}

const shown = new Map();

/** Puts new content in place, and keeps the focus where it was: a poll must not take the keyboard away. */
export function show(id, ...nodes) {
  const place = byId(id);
  const fingerprint = nodes.map((node) => node.outerHTML ?? node).join('');
  if (shown.get(id) === fingerprint) return;
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  const kept = new Map(
    [...place.querySelectorAll('input, select')].map((field) => [field.dataset.key, field.value]),
  );
  place.replaceChildren(...nodes);
  for (const field of place.querySelectorAll('input, select')) {
    const value = kept.get(field.dataset.key);
    if (value) field.value = value;
  }
  if (focused !== undefined) {
    const again = [...place.querySelectorAll('[data-key]')].find((node) => node.dataset.key === focused);
    (again ?? place.closest('section').querySelector('h2')).focus();
  }
  shown.set(id, fingerprint);
}

/** The spoken name begins with the visible one (WCAG 2.5.3), and says what it is about. */
export function button(key, text, about, act, kind = '') {
  const node = el(
    'button',
    { type: 'button', class: kind, 'data-key': key, 'aria-label': `${text}: ${about}` },
    text,
  );
  node.addEventListener('click', async () => {
    node.disabled = true;
    try {
      await act();
    } catch (error) {
      tell(error.message);
    } finally {
      node.disabled = false;
    }
    document.dispatchEvent(new Event('changed'));
  });
  return node;
}

export function tell(message) {
  byId('notice').textContent = message;
  byId('notice').hidden = message === '';
}

let clockOffset = 0;

/** The server's clock counts: its times are shown relative to it. */
export function setClock(iso) {
  clockOffset = Date.parse(iso) - Date.now();
}

export function when(iso) {
  const ms = Date.parse(iso) - (Date.now() + clockOffset);
  const [size, unit] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ].find(([unitMs]) => Math.abs(ms) >= unitMs) ?? [1000, 's'];
  const span = `${Math.floor(Math.abs(ms) / size)} ${unit}`;
  const text = Math.abs(ms) < 1000 ? 'now' : ms < 0 ? `${span} ago` : `in ${span}`;
  return el('time', { datetime: iso, title: new Date(iso).toLocaleString() }, text);
}

export const times = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
