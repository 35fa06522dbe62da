// A small console over the API: how the server is, which services there are, and what became of one verification.
// Credentials live in this tab's sessionStorage, shared with the virtual phones, and nowhere else.

const find = id => document.getElementById(id);
const base = new URL('..', import.meta.url).href.replace(/\/$/, '');
const key = 'countersign.credentials';
let auth = null;
let nextPage = null;
let ticking = null;

async function call(path, form) {
  const response = await fetch(path.startsWith('http') ? path : base + path, {
    method: form ? 'POST' : 'GET',
    headers: { Authorization: auth },
    body: form && new URLSearchParams(form),
    credentials: 'omit',
  });
  const body = response.status === 204 ? null : await response.json();
  if (!response.ok) {
    throw Object.assign(new Error(body.details?.explanation ?? body.message), { status: response.status, body });
  }
  return body;
}

function say(id, text) {
  find(id).textContent = text;
  find(id).hidden = !text;
}

function make(name, text, attributes = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  Object.entries(attributes).forEach(([attribute, value]) => element.setAttribute(attribute, value));
  return element;
}

// Sign-in

async function enter(account, token) {
  const bytes = new TextEncoder().encode(`${account}:${token}`);
  auth = 'Basic ' + btoa(String.fromCharCode(...bytes));
  try {
    const page = await call('/v2/Services?PageSize=50');
    sessionStorage.setItem(key, JSON.stringify({ account, token }));
    find('welcome').hidden = true;
    find('inside').hidden = false;
    find('sign-out').hidden = false;
    find('services').replaceChildren();
    find('service').replaceChildren();
    show(page);
    find('name').focus();
    await showDay();
  } catch (problem) {
    leave();
    say('sign-in-error', problem.status === 401
      ? 'These credentials are not right. Check the SID and the token.'
      : `The server at ${base} does not answer as it should: ${problem.message}`);
    find('account').value = account;
    find('token').focus();
  }
}

function leave() {
  auth = null;
  sessionStorage.removeItem(key);
  find('inside').hidden = true;
  find('sign-out').hidden = true;
  find('welcome').hidden = false;
  find('found').replaceChildren();
  document.querySelector('form[data-sign-in]').reset();
  say('sign-in-error', '');
}

document.querySelector('form[data-sign-in]').addEventListener('submit', event => {
  event.preventDefault();
  const { account, token } = event.target;
  enter(account.value.trim(), token.value.trim());
});
find('sign-out').addEventListener('click', () => {
  leave();
  find('account').focus();
});

// Services

function show(page) {
  for (const service of page.services) {
    addService(service, false);
  }
  // A page's address is the server's own idea of itself; only its query is needed, and it stays on this origin.
  nextPage = page.meta.next_page_url && '/v2/Services' + new URL(page.meta.next_page_url).search;
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

find('more').addEventListener('click', async () => show(await call(nextPage)));
find('create').addEventListener('submit', async event => {
  event.preventDefault();
  say('create-error', '');
  try {
    addService(await call('/v2/Services', { FriendlyName: event.target.friendly.value }), true);
    event.target.reset();
  } catch (problem) {
    say('create-error', problem.message);
    event.target.friendly.focus();
  }
});

// The last 24 hours

const hourLength = 3600 * 1000;

async function showDay() {
  try {
    const day = await call('/admin/v1/rollups?GroupBy=hour,service');
    const rows = new Map();
    for (const row of day.rows) {
      const sums = rows.get(row.service_sid) ?? { hours: Array(24).fill(0), starts: 0, sends: 0, failed: 0, delivered: 0, undelivered: 0, approved: 0 };
      for (const counter of ['starts', 'sends', 'failed', 'delivered', 'undelivered', 'approved']) {
        sums[counter] += row[counter];
      }
      sums.hours[(new Date(row.hour) - new Date(day.from)) / hourLength] += row.starts;
      rows.set(row.service_sid, sums);
    }
    find('day').replaceChildren(...[...rows].sort((a, b) => b[1].starts - a[1].starts).map(([sid, sums]) => drawDay(sid, sums, day.from)));
    find('day-table').hidden = rows.size === 0;
    say('day-hint', rows.size ? 'Each counts in the hour in which it was asked for. Test numbers do not count.' : 'Nothing was started in the last 24 hours. Test numbers do not count.');
  } catch (problem) {
    say('day-hint', problem.message);
  }
}

function drawDay(sid, sums, from) {
  const row = document.createElement('tr');
  const name = [...find('service').options].find(option => option.value === sid)?.textContent;
  const bars = document.createElement('td');
  bars.append(drawBars(sums.hours, from));
  const known = sums.delivered + sums.undelivered + sums.failed;
  row.append(name ? make('td', name) : make('td', sid, { class: 'wrap' }), bars);
  for (const value of [sums.starts, sums.sends, sums.failed, known ? percent(sums.delivered / known) : '–', sums.starts ? percent(sums.approved / sums.starts) : '–']) {
    row.append(make('td', typeof value === 'number' ? value.toLocaleString() : value, { class: 'number' }));
  }
  return row;
}

const percent = share => `${(share * 100).toFixed(1)} %`;

function drawBars(hours, from) {
  const svg = (name, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    Object.entries(attributes).forEach(([attribute, value]) => element.setAttribute(attribute, value));
    return element;
  };
  const most = Math.max(...hours, 1);
  const busiest = new Date(new Date(from).getTime() + hours.indexOf(most) * hourLength).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  const bars = svg('svg', { class: 'bars', viewBox: '0 0 120 24', role: 'img', 'aria-label': `Most, ${most}, in the hour from ${busiest}` });
  hours.forEach((starts, hour) => {
    const height = starts ? Math.max(2, 24 * starts / most) : 1;
    bars.append(svg('rect', { x: hour * 5, y: 24 - height, width: 4, height, 'data-empty': String(!starts) }));
  });
  return bars;
}

// Look-up

const sentences = {
  pending: 'The code is on its way or waits to be typed.',
  approved: 'The right code was typed: the person is verified.',
  canceled: 'The application cancelled it.',
  expired: 'Nobody typed the right code in time.',
  max_attempts_reached: 'Five wrong codes were typed, so no more are accepted.',
};

find('lookup').addEventListener('submit', async event => {
  event.preventDefault();
  const { service, name } = event.target;
  say('lookup-error', '');
  if (!service.value || !name.value.trim()) {
    say('lookup-error', service.value ? 'Type a number or a SID that begins with VE.' : 'Create a service first.');
    (service.value ? name : find('friendly')).focus();
    return;
  }
  await lookUp(`/v2/Services/${service.value}/Verifications/${encodeURIComponent(name.value.trim())}`);
});

async function lookUp(path) {
  clearInterval(ticking);
  try {
    draw(await call(path));
  } catch (problem) {
    if (problem.status !== 404) {
      say('lookup-error', problem.message);
      find('found').replaceChildren();
      return;
    }
    const box = make('div', '', { class: 'verdict', 'data-status': 'missing' });
    box.append(make('h3', 'Nothing is pending there'), make('p', problem.message));
    box.append(make('p', 'An ended verification is found by its SID, which the answer to the start held.', { class: 'hint' }));
    find('found').replaceChildren(box);
  }
}

function draw(verification) {
  const box = make('div', '', { class: 'verdict', 'data-status': verification.status });
  box.append(make('h3', verification.status.replaceAll('_', ' ')), make('p', sentences[verification.status] ?? ''));

  const facts = make('dl', '', { class: 'facts' });
  const fact = (name, value) => {
    const detail = make('dd', '');
    detail.append(value);
    facts.append(make('dt', name), detail);
    return detail;
  };
  // Somebody may be looking over the operator's shoulder.
  const number = make('span', verification.to.slice(0, 2) + '•'.repeat(Math.max(0, verification.to.length - 4)) + verification.to.slice(-2));
  const shows = make('button', 'Show', { type: 'button' });
  shows.addEventListener('click', () => {
    number.textContent = verification.to;
    shows.remove();
  });
  fact('Number', number).append(shows);
  fact('SID', make('code', verification.sid));
  fact('Sends left', String(verification.countersign.sends_left));
  fact('Guesses left', String(verification.countersign.checks_left));
  const left = make('span', '');
  fact('Code good for', left);
  box.append(facts);

  const timeline = make('ol', '', { class: 'timeline' });
  for (const attempt of verification.send_code_attempts) {
    timeline.append(make('li', `${new Date(attempt.time).toLocaleString()} by ${attempt.channel}`));
  }
  box.append(make('p', 'Sends', { class: 'hint' }), timeline);

  const end = Date.now() + verification.countersign.expires_seconds * 1000;
  const tick = () => {
    const seconds = Math.max(0, Math.round((end - Date.now()) / 1000));
    left.textContent = seconds ? `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s` : 'over';
  };
  tick();
  ticking = setInterval(tick, 1000);

  if (verification.status === 'pending') {
    const cancel = make('button', 'Cancel this verification', { type: 'button' });
    cancel.addEventListener('click', async () => {
      cancel.disabled = true;
      const path = `/v2/Services/${verification.service_sid}/Verifications/${verification.sid}`;
      try {
        await call(path, { Status: 'canceled' });
      } catch (problem) {
        say('lookup-error', problem.message);
      }
      await lookUp(path);
    });
    box.append(cancel);
  }
  find('found').replaceChildren(box);
}

// Health

async function beat() {
  const sign = find('health');
  try {
    const health = await (await fetch(base + '/health/ready', { credentials: 'omit' })).json();
    sign.dataset.state = health.status === 'ok' ? 'ok' : 'bad';
    sign.lastElementChild.textContent = health.status === 'ok' ? 'Store and outbox are well' : `Store: ${health.store}. Outbox: ${health.outbox}`;
  } catch {
    sign.dataset.state = 'bad';
    sign.lastElementChild.textContent = 'The server does not answer';
  }
}

beat();
setInterval(beat, 5000);
fetch(base + '/sandbox', { method: 'HEAD' }).then(answer => { find('phones-link').hidden = !answer.ok; }, () => {});

const kept = JSON.parse(sessionStorage.getItem(key) ?? 'null');
if (kept) {
  enter(kept.account, kept.token);
} else {
  find('welcome').hidden = false;
}
