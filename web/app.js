// The first plain page: set-up, sign-in, and an overview that asks again every two seconds.
import { showDenials } from './denials.js';
import { ask, byId, Refused, setClock, tell } from './dom.js';
import { showFirewalls, showHosts, showLeases, showStatus } from './overview.js';

const POLL_MS = 2000;

let lastAnswerAt = Date.now();
let polling = 0;

async function refresh() {
  clearTimeout(polling);
  try {
    const [status, denials, hosts, leases] = await Promise.all([
      ask('GET', '/status'),
      ask('GET', '/denials?limit=200'),
      ask('GET', '/hosts'),
      ask('GET', '/leases'),
    ]);
    answered();
    only('overview');
    // Never under a finger: the button that is being pressed must be the one that is released.
    if (!document.querySelector('button:active')) {
      setClock(status.now);
      showStatus(status);
      showDenials(denials);
      showHosts(hosts, status.groups);
      showLeases(leases);
      showFirewalls(status.firewalls);
    }
  } catch (error) {
    if (error.code === 'not-signed-in' || error.code === 'setup-needed') return enter();
    stale(error);
  }
  again(refresh);
}

/** One timer, however many rounds are under way. */
function again(round) {
  clearTimeout(polling);
  polling = setTimeout(round, POLL_MS);
}

function answered() {
  lastAnswerAt = Date.now();
  byId('stale').hidden = true;
}

function stale(error) {
  const seconds = Math.round((Date.now() - lastAnswerAt) / 1000);
  const why = error instanceof Refused ? error.message : 'Sallyport does not answer.';
  byId('stale').textContent = `${why} What you see is ${seconds} s old; trying again every 2 s.`;
  byId('stale').hidden = false;
}

function only(id) {
  for (const part of ['set-up', 'sign-in', 'overview']) byId(part).hidden = part !== id;
  byId('sign-out').hidden = id !== 'overview';
}

/** Decides between set-up, sign-in and the overview. */
async function enter() {
  clearTimeout(polling);
  try {
    const { setUp, signedIn, signIn } = await ask('GET', '/session');
    answered();
    if (signedIn) return refresh();
    const isSetUp = setUp || !signIn.password;
    only(isSetUp ? 'sign-in' : 'set-up');
    showWaysIn(isSetUp ? 'sign-in' : 'set-up', signIn);
    if (!signIn.password) return undefined;
    byId('set-up-where').hidden = setupToken !== '';
    byId('set-up-fields').hidden = setupToken === '';
    byId(setUp ? 'password' : 'new-password').focus();
    return undefined;
  } catch (error) {
    stale(error);
    again(enter);
    return undefined;
  }
}

/** The button to the provider stands on the form that is shown: an admin may come from there before any password is set. */
function showWaysIn(form, { password, provider }) {
  const other = byId('sign-in-at');
  other.hidden = provider === undefined;
  other.textContent = `Sign in with ${provider}`;
  byId(form).append(other);
  byId('password-fields').hidden = !password;
  for (const field of byId('password-fields').querySelectorAll('input')) field.disabled = !password;
}

function onSubmit(formId, fieldId, send) {
  byId(formId).addEventListener('submit', async (event) => {
    event.preventDefault();
    tell('');
    const field = byId(fieldId);
    try {
      await send(field.value);
      field.value = '';
      await refresh();
      byId('main').focus();
    } catch (error) {
      tell(error.message);
      (error.code === 'second-factor-needed' ? byId('code') : field).select();
    }
  });
}

// The token leaves the address bar and the history as soon as it was read.
const setupToken = new URLSearchParams(location.search).get('token') ?? '';
if (location.pathname.endsWith('/setup')) history.replaceState(null, '', './');

onSubmit('set-up', 'new-password', (password) => ask('POST', '/setup', { token: setupToken, password }));
onSubmit('sign-in', 'password', async (password) => {
  const code = byId('code').value.trim();
  try {
    await ask('POST', '/session', {
      user: byId('user').value.trim(),
      password,
      ...(code === '' ? {} : { code }),
    });
    byId('code-fields').hidden = true;
  } catch (error) {
    if (error.code === 'second-factor-needed') byId('code-fields').hidden = false;
    throw error;
  } finally {
    byId('code').value = '';
  }
});
byId('sign-in-at').addEventListener('click', async () => {
  try {
    const { location: next } = await ask('POST', '/session/oidc', {});
    location.assign(next);
  } catch (error) {
    tell(error.message);
  }
});
byId('sign-out').addEventListener('click', async () => {
  try {
    const { location: next } = await ask('DELETE', '/session');
    if (next !== undefined) return location.assign(next);
  } catch (error) {
    tell(error.message);
  }
  return enter();
});
document.addEventListener('changed', refresh);
await enter();
