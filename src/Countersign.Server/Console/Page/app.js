// A small console over the API: how the server is, which services there are, and what became of one verification.
// Credentials live in this tab's sessionStorage, shared with the virtual phones, and nowhere else.

import { base, call, following, forget, onRefused, use } from './api.js';
import { forgetPaused, showPaused } from './carriers.js';
import { forgetDay, keepDay, showDay } from './day.js';
import { forgetLookup, startLookup } from './lookup.js';
import { accept, find, make, refuse, say } from './parts.js';

const key = 'countersign.credentials';
const signIn = document.querySelector('form[data-sign-in]');
const noLonger = 'These credentials no longer work. Sign in again.';
let inside = false;
let nextPage = null;

// Sign-in

async function enter(account, token, kept) {
  use(account, token);
  const button = signIn.querySelector('button');
  button.disabled = true;
  try {
    const page = await call('/v2/Services?PageSize=50');
    sessionStorage.setItem(key, JSON.stringify({ account, token }));
    inside = true;
    signIn.reset();
    find('welcome').hidden = true;
    find('inside').hidden = false;
    find('sign-out').hidden = false;
    show(page);
    find('name').focus();
    await Promise.all([showDay(), showPaused()]);
  } catch (problem) {
    leave();
    signIn.account.value = account;
    if (problem.status === 401) {
      refuse(signIn.token, 'sign-in-error', kept ? noLonger : 'These credentials are not right. Check the SID and the token.');
    } else {
      say('sign-in-error', problem.message);
      signIn.token.value = token; // It may be right, and what is wrong lies elsewhere.
      button.disabled = false;
      button.focus();
    }
  } finally {
    button.disabled = false;
  }
}

function leave() {
  inside = false;
  forget();
  sessionStorage.removeItem(key);
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

signIn.addEventListener('submit', event => {
  event.preventDefault();
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
  for (const service of page.services) {
    addService(service, false);
  }

  nextPage = following('/v2/Services', page);
  find('more').hidden = !nextPage;
  find('no-services').hidden = find('services').children.length > 0;
}

function addService(service, first) {
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
  find('service')[first ? 'prepend' : 'append'](make('option', service.friendly_name, { value: service.sid }));
  find('no-services').hidden = true;
}

find('more').addEventListener('click', async () => {
  const [button, before] = [find('more'), find('services').children.length];
  button.disabled = true;
  say('services-error', '');
  try {
    show(await call(nextPage));
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

  try {
    const service = await call('/v2/Services', { FriendlyName: friendly.value });
    addService(service, true);
    event.target.reset();
    find('create-done').textContent = `${service.friendly_name} is made: ${service.sid}`;
  } catch (problem) {
    if (inside) {
      refuse(friendly, 'create-error', problem.message);
    }
  }
});

startLookup();

// Health

async function beat() {
  const [state, text] = await health();
  const sign = find('health');
  // Written only when it changes: it is said aloud each time.
  if (sign.lastElementChild.textContent !== text) {
    sign.dataset.state = state;
    sign.lastElementChild.textContent = text;
  }

  if (inside && document.visibilityState === 'visible') {
    await Promise.all([showPaused(), keepDay()]);
  }
}

async function health() {
  try {
    const answer = await (await fetch(base + '/health/ready', { credentials: 'omit' })).json();
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
