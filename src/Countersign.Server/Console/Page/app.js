// A small console over the API: how the server is, which services there are, and what became of one verification.
// Credentials live in this tab's sessionStorage, shared with the virtual phones, and nowhere else.

import { base, call, following, forget, onRefused, use } from './api.js';
import { forgetPaused, showPaused } from './carriers.js';
import { forgetDay, keepDay, showDay } from './day.js';
import { forgetLookup, startLookup } from './lookup.js';
import { accept, find, make, refuse, say } from './parts.js';
import { forgetRefusals, keepRefusals, showRefusals, startRefusals } from './refusals.js';

const key = 'countersign.credentials';
const signIn = document.querySelector('form[data-sign-in]');
const noLonger = 'These credentials no longer work. Sign in again.';
const retryAfter = 5000;
const rowsAtOnce = 50;
let inside = false;
let nextPage = null;
let unshown = []; // Services that were read, and wait to be asked for.
let retry = null;

// Sign-in

async function enter(account, token, kept) {
  clearTimeout(retry);
  use(account, token);
  const button = signIn.querySelector('button');
  button.disabled = true;
  find('restoring').hidden = !kept;
  find('welcome').hidden = kept;
  try {
    // With their names, which every other part of the page needs; their table shows them little by little.
    const page = await call('/v2/Services?PageSize=1000');
    sessionStorage.setItem(key, JSON.stringify({ account, token }));
    inside = true;
    signIn.reset();
    find('welcome').hidden = true;
    find('inside').hidden = false;
    find('sign-out').hidden = false;
    show(page);
    find('name').focus();
    await Promise.all([showDay(), showPaused(), showRefusals()]);
  } catch (problem) {
    leave(problem.status !== 401 && kept);
    signIn.account.value = account;
    if (kept && problem.status !== 401) {
      // They may well be right: whoever restarts the server is not to look for them again.
      say('sign-in-error', `${problem.message} Trying again.`);
      retry = setTimeout(() => enter(account, token, true), retryAfter);
    } else if (problem.status === 401) {
      refuse(signIn.token, 'sign-in-error', kept ? noLonger : 'These credentials are not right. Check the SID and the token.');
    } else {
      say('sign-in-error', problem.message);
      signIn.token.value = token; // It may be right, and what is wrong lies elsewhere.
      button.disabled = false;
      button.focus();
    }
  } finally {
    button.disabled = false;
    find('restoring').hidden = true;
  }
}

function leave(keeps = false) {
  inside = false;
  clearTimeout(retry);
  forget();
  if (!keeps) {
    sessionStorage.removeItem(key);
  }

  find('inside').hidden = true;
  find('sign-out').hidden = true;
  find('welcome').hidden = false;
  find('services').replaceChildren();
  find('service').replaceChildren();
  find('lookup').reset();
  find('create').reset();
  forgetLookup();
  forgetDay();
  forgetPaused();
  forgetRefusals();
  signIn.reset();
  accept(signIn.account, 'sign-in-error');
  accept(signIn.token, 'sign-in-error');
  accept(find('name'), 'lookup-error');
  accept(find('friendly'), 'create-error');
  find('create-done').textContent = '';
  say('services-error', '');
}

onRefused(() => {
  if (inside) {
    leave();
    say('sign-in-error', noLonger);
    signIn.account.focus();
  }
});

signIn.addEventListener('input', () => clearTimeout(retry)); // Somebody types others.
signIn.addEventListener('submit', event => {
  event.preventDefault();
  clearTimeout(retry);
  const [account, token] = [signIn.account.value.trim(), signIn.token.value.trim()];
  accept(signIn.account, 'sign-in-error');
  accept(signIn.token, 'sign-in-error');
  if (account && token) {
    enter(account, token, false);
  } else {
    refuse(account ? signIn.token : signIn.account, 'sign-in-error', 'Both are needed: the SID and its token or secret.');
  }
});
find('sign-out').addEventListener('click', () => {
  leave();
  signIn.account.focus();
});

// Services

function show(page) {
  nextPage = following('/v2/Services', page);
  for (const service of page.services) {
    find('service').append(make('option', service.friendly_name, { value: service.sid }));
  }

  if (find('service').querySelector('[value=""]') === null) {
    find('service').append(make('option', 'Any service', { value: '' }));
    find('service').value = page.services.length === 1 ? page.services[0].sid : '';
  }

  unshown = page.services;
  showRows();
}

function showRows() {
  unshown.splice(0, rowsAtOnce).forEach(service => addRow(service, false));
  find('more').hidden = unshown.length === 0 && !nextPage;
  find('no-services').hidden = find('services').children.length > 0;
}

function addRow(service, first) {
  const row = document.createElement('tr');
  const sid = document.createElement('td');
  sid.append(make('code', service.sid));
  const on = [
    service.psd2_enabled && 'PSD2', service.custom_code_enabled && 'custom codes',
    service.do_not_share_warning_enabled && 'do-not-share warning', service.lookup_enabled && 'lookup',
  ].filter(Boolean);
  row.append(
    make('td', service.friendly_name), sid, make('td', `${service.code_length} digits`),
    make('td', on.join(', ') || 'as they come', { class: 'wrap' }), make('td', new Date(service.date_created).toLocaleDateString()));
  find('services')[first ? 'prepend' : 'append'](row);
  find('no-services').hidden = true;
}

find('more').addEventListener('click', async () => {
  const [button, before] = [find('more'), find('services').children.length];
  button.disabled = true;
  say('services-error', '');
  try {
    if (unshown.length > 0) {
      showRows();
    } else {
      show(await call(nextPage));
    }

    // Where the button goes away the focus would be nowhere.
    if (button.hidden) {
      find('services').children[before]?.closest('.scroll').focus();
    }
  } catch (problem) {
    say('services-error', problem.message);
  } finally {
    button.disabled = false;
  }
});

find('create').addEventListener('submit', async event => {
  event.preventDefault();
  const { friendly } = event.target;
  accept(friendly, 'create-error');
  find('create-done').textContent = '';
  if (!friendly.value.trim()) {
    refuse(friendly, 'create-error', 'Type the name of the service first.');
    return;
  }

  const button = event.target.querySelector('button');
  button.disabled = true;
  try {
    const service = await call('/v2/Services', { FriendlyName: friendly.value });
    addRow(service, true);
    find('service').prepend(make('option', service.friendly_name, { value: service.sid }));
    find('service').value = service.sid;
    event.target.reset();
    find('create-done').textContent = `${service.friendly_name} is made: ${service.sid}`;
  } catch (problem) {
    if (inside) {
      refuse(friendly, 'create-error', problem.message);
    }
  } finally {
    button.disabled = false;
  }
});

startLookup();
startRefusals();

// Health

const healthPatience = 8000;
let isBeating = false;

async function beat() {
  if (isBeating) {
    return; // The one before waits for its answer.
  }

  isBeating = true;
  try {
    await beatOnce();
  } finally {
    isBeating = false;
  }
}

async function beatOnce() {
  const [state, text] = await health();
  const sign = find('health');
  // Written only when it changes: it is said aloud each time.
  if (sign.lastElementChild.textContent !== text) {
    sign.dataset.state = state;
    sign.lastElementChild.textContent = text;
  }

  if (inside && document.visibilityState === 'visible') {
    await Promise.all([showPaused(), keepDay(), keepRefusals()]);
  }
}

async function health() {
  try {
    const answer = await (await fetch(base + '/health/ready', { credentials: 'omit', signal: AbortSignal.timeout(healthPatience) })).json();
    return answer.status === 'ok' ? ['ok', 'Store and outbox are well']
      : ['bad', answer.server ? `The server is ${answer.server}` : `Store: ${answer.store}. Outbox: ${answer.outbox}`];
  } catch {
    return ['bad', 'The server does not answer'];
  }
}

beat();
setInterval(beat, 5000);
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && beat());
fetch(base + '/sandbox', { method: 'HEAD' }).then(answer => { find('phones-link').hidden = !answer.ok; }, () => {});

const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null');
if (kept) {
  enter(kept.account, kept.token, true);
} else {
  find('welcome').hidden = false;
}
