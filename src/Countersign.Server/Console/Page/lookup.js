// What became of one verification: found by its SID, or by the number or mailbox where it is pending; else the latest sends to that.

import { call, following } from './api.js';
import { accept, announce, find, make, refuse, say, serviceName } from './parts.js';
import { refusalsOf } from './refusals.js';
import { adviceOf, channelName, drawSend, errorLink, fromTwilio, isLost, isOpen, readSends, sentenceOf, stateName } from './sends.js';

const rereadAfter = 2000;
const sentences = {
  approved: 'The person is verified: the right code was typed, or the application said so.',
  canceled: 'The application cancelled it.',
  expired: 'Nobody typed the right code in time.',
  max_attempts_reached: 'Five wrong codes were typed, so no more are accepted.',
};
const numberHint = 'Write the number with + and its country code, such as +14155550123. A mailbox or a SID that begins with VE works too.';
let turn = 0; // Each look-up has its own: what an earlier one still waits for is not to be drawn over a later one.
let timers = [];

export function startLookup() {
  find('lookup').addEventListener('submit', async event => {
    event.preventDefault();
    const { service, name } = event.target;
    accept(name, 'lookup-error');
    if (service.length === 1) {
      refuse(find('friendly'), 'create-error', 'Create a service first.');
      return;
    }

    const wanted = read(name.value);
    if (wanted === null) {
      forgetLookup(); // What stands there is not the answer to this.
      refuse(name, 'lookup-error', name.value.trim() ? numberHint : `Nothing was typed. ${numberHint}`);
      return;
    }

    forgetLookup();
    find('found').replaceChildren(make('p', 'Looking…', { class: 'hint' }));
    announce('Looking');
    await lookUp(service.value, wanted);
  });
}

export function forgetLookup() {
  stop();
  turn++;
  find('found').replaceChildren();
  announce('');
}

/** A SID or a mailbox as it is, a number without what people write between its digits; null for what is none of them. */
function read(text) {
  const typed = text.trim();
  if (/^VE[0-9a-f]{32}$/i.test(typed)) {
    return 'VE' + typed.slice(2).toLowerCase();
  }

  if (/^[^\s@]+@[^\s@]+$/.test(typed)) {
    return typed;
  }

  const number = typed.replace(/[\s().\-/\u00a0\u2010-\u2015]/g, '').replace(/^00/, '+');
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : null;
}

const pathOf = (service, name) => `/v2/Services/${service}/Verifications/${encodeURIComponent(name)}`;

function stop() {
  timers.forEach(clearInterval);
  timers = [];
}

async function lookUp(service, name, focus = false) {
  stop();
  const mine = ++turn;
  say('lookup-error', '');
  try {
    if (!service) {
      await lookEverywhere(name, mine);
      return;
    }

    const verification = await call(pathOf(service, name));
    const [sends, refused] = await Promise.all([readSends(verification), refusalsOf(service, verification.to, new Date(verification.date_created))]);
    if (mine === turn) {
      draw(verification, sends, refused, focus);
    }
  } catch (problem) {
    if (mine !== turn) {
      return;
    }

    if (problem.status === 404) {
      await drawMissing(service, name, problem, mine);
    } else if (problem.status === 429) {
      // Verifications may be read so often, and the application may have done it. What was sent is told all the same.
      say('lookup-error', problem.message);
      await drawSent(service, name, mine, 'It was read too often to say how it stands');
    } else {
      say('lookup-error', problem.message);
      find('found').replaceChildren();
    }
  }
}

/** Without a service: a SID says by its sends which one it is of, and of a number all services' sends are listed. */
async function lookEverywhere(name, mine) {
  if (!name.startsWith('VE')) {
    await drawSent('', name, mine, 'The latest of all services');
    return;
  }

  const { attempts, problem } = await readLatest('', name);
  if (mine !== turn) {
    return;
  }

  if (problem) {
    throw problem;
  }

  if (attempts.length) {
    await lookUp(attempts[0].service_sid, name);
  } else {
    showVerdict('missing', make('h3', 'There is no such verification'), make('p', 'No service has sent anything for this SID in the last 30 days. Test numbers are in no list: choose their service above.'));
  }
}

/** What was sent, and what was refused, where nothing can be said of a verification. */
async function drawSent(service, name, mine, title) {
  const [latest, refused] = await Promise.all([readLatest(service, name), name.startsWith('VE') ? [] : refusalsOf(service, name)]);
  if (mine === turn) {
    showVerdict(latest.attempts.length ? 'ended' : 'missing', make('h3', title), ...refused, ...drawLatest(latest, !service, refused.length > 0));
  }
}

function showVerdict(status, ...content) {
  const box = make('div', '', { class: 'verdict', 'data-status': status });
  box.append(...content);
  find('found').replaceChildren(box);
  announce([...box.querySelectorAll('h3, p')].map(element => element.textContent).join('. '));
}

function draw(verification, sends, refused, focus) {
  const pending = verification.status === 'pending';
  const box = make('div', '', { class: 'verdict' });
  const title = make('h3', '', { tabindex: '-1' });
  const sentence = make('p', '');
  const advice = make('p', '', { class: 'hint' });
  const facts = drawFacts(verification, pending);
  const list = make('ol', '', { class: 'sends' });
  const note = make('p', '', { class: 'hint' });
  let said = '';

  const tell = ({ attempts, problem, note: less }) => {
    const newest = attempts.get(verification.send_code_attempts.at(-1)?.attempt_sid);
    const bad = isLost(newest) && verification.status !== 'approved';
    box.dataset.status = bad ? 'trouble' : verification.status;
    title.textContent = verification.status.replaceAll('_', ' ') + (pending && bad ? ', but the code did not arrive' : '');
    const fallback = pending && verification.countersign.fallback;
    const text = (pending ? sentenceOf(newest) : sentences[verification.status] ?? '')
      + (bad && !pending ? ` ${sentenceOf(newest)}` : '') + (fallback ? ` The fallback plan goes on by ${channelName(fallback.channel)}.` : '');
    sentence.textContent = text;
    advice.textContent = bad ? adviceOf(newest) : '';
    advice.hidden = !advice.textContent;
    note.textContent = problem?.message ?? (less ? `${less.message} So carriers and their tries are not shown.` : '');
    note.hidden = !note.textContent;
    // Only what changed, so that focus and what is unfolded stay where they are.
    verification.send_code_attempts.forEach((send, at) => {
      const state = JSON.stringify(attempts.get(send.attempt_sid) ?? String(attempts.get(send.attempt_sid)));
      const old = list.children[at];
      if (old?.dataset.drawn !== state) {
        const line = drawSend(send, attempts.get(send.attempt_sid));
        line.dataset.drawn = state;
        old ? old.replaceWith(line) : list.append(line);
      }
    });
    if (said !== title.textContent + text) {
      said = title.textContent + text;
      announce(`${title.textContent}. ${text}`);
    }
  };

  tell(sends);
  box.append(title, sentence, advice, facts.list);
  if (verification.send_code_attempts.length) {
    box.append(make('h4', 'Sends'), list, note);
  }

  if (refused.length) {
    box.append(make('h4', 'Refused since it started'), ...refused);
  }

  const actions = make('div', '', { class: 'actions' });
  if (pending) {
    drawCancel(actions, verification);
    follow(verification, sends, tell, facts);
  }

  const others = make('button', 'Latest sends to it', { type: 'button' });
  others.addEventListener('click', () => showEarlier(verification, others));
  actions.append(others);
  box.append(actions);
  find('found').replaceChildren(box);
  if (focus) {
    title.focus();
  }
}

function drawFacts(verification, pending) {
  const list = make('dl', '', { class: 'facts' });
  const fact = (name, ...values) => {
    const detail = document.createElement('dd');
    detail.append(...values);
    list.append(make('dt', name), detail);
  };

  // Somebody may be looking over the operator's shoulder.
  const { to } = verification;
  const masked = to.slice(0, 2) + '•'.repeat(Math.max(0, to.length - 4)) + to.slice(-2);
  const number = make('span', masked);
  const shows = make('button', 'Show', { type: 'button' });
  shows.addEventListener('click', () => {
    const hidden = number.textContent === masked;
    number.textContent = hidden ? to : masked;
    shows.textContent = hidden ? 'Hide' : 'Show';
    announce(hidden ? to : 'Hidden');
  });
  fact(to.includes('@') ? 'Mailbox' : 'Number', number, ' ', shows);
  fact('SID', make('code', verification.sid));
  fact('Started', new Date(verification.date_created).toLocaleString());
  const left = document.createElement('span');
  if (pending) {
    fact('Sends left', String(verification.countersign.sends_left));
    fact('Guesses left', String(verification.countersign.checks_left));
    fact('Code good for', left);
  } else {
    fact('Ended', new Date(verification.date_updated).toLocaleString());
  }

  return { list, left };
}

/** The time that is left, and what becomes of sends that are under way. The verification itself is read again only when its time is over: readings are counted. */
function follow(verification, sends, tell, { left }) {
  const mine = turn;
  let isOver = false;
  const end = Date.now() + verification.countersign.expires_seconds * 1000;
  const tick = () => {
    const seconds = Math.max(0, Math.round((end - Date.now()) / 1000));
    left.textContent = seconds ? `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s` : 'over';
    if (seconds === 0 && !isOver) {
      isOver = true;
      stop();
      // A moment later, since seconds are rounded: it has expired, or a send has made it last longer.
      timers.push(setTimeout(() => mine === turn && lookUp(verification.service_sid, verification.sid), 1500));
    }
  };

  tick();
  if (isOver) {
    return;
  }

  timers.push(setInterval(tick, 1000));
  let known = sends;
  let asking = false;
  timers.push(setInterval(async () => {
    const newest = known.attempts.get(verification.send_code_attempts.at(-1)?.attempt_sid);
    if (asking || known.note || known.problem?.status === 403 || !isOpen(newest) || document.visibilityState !== 'visible') {
      return;
    }

    asking = true;
    known = await readSends(verification, known.attempts);
    asking = false;
    if (mine === turn) {
      tell(known);
    }
  }, rereadAfter));
}

/** In two steps, in place: the code that somebody is typing would be worth nothing. */
function drawCancel(actions, verification) {
  const cancel = make('button', 'Cancel this verification', { type: 'button' });
  const ask = make('div', '', { class: 'ask', role: 'group', 'aria-labelledby': 'cancel-question' });
  const [yes, no] = [make('button', 'Yes, cancel it', { type: 'button', class: 'danger' }), make('button', 'Keep it', { type: 'button' })];
  ask.append(make('p', 'Cancel it? Its code will be worth nothing.', { id: 'cancel-question' }), yes, no);
  const keep = () => {
    ask.replaceWith(cancel);
    cancel.focus();
  };

  cancel.addEventListener('click', () => {
    cancel.replaceWith(ask);
    no.focus();
  });
  no.addEventListener('click', keep);
  ask.addEventListener('keydown', event => event.key === 'Escape' && keep());
  yes.addEventListener('click', async () => {
    yes.disabled = no.disabled = true;
    const mine = turn;
    let failure = '';
    try {
      await call(pathOf(verification.service_sid, verification.sid), { Status: 'canceled' });
    } catch (problem) {
      failure = problem.message;
    }

    if (mine !== turn) {
      return;
    }

    await lookUp(verification.service_sid, verification.sid, true);
    say('lookup-error', failure || find('lookup-error').textContent);
  });
  actions.append(cancel);
}

async function drawMissing(service, name, problem, mine) {
  if (name.startsWith('VE')) {
    showVerdict('missing', make('h3', 'There is no such verification'), make('p', problem.message), make('p', 'It may be of another service: choose any service above.', { class: 'hint' }));
  } else {
    await drawSent(service, name, mine, 'Nothing is pending there');
  }
}

async function showEarlier(verification, button) {
  const mine = turn;
  button.disabled = true;
  const latest = await readLatest(verification.service_sid, verification.to);
  if (mine !== turn) {
    return;
  }

  const region = make('div', '', { class: 'earlier', tabindex: '-1' });
  region.append(...drawLatest(latest));
  button.replaceWith(region);
  region.focus();
}

/** The latest sends to a number or a mailbox, or for a verification, of one service or of all. Where few match, pages may be short or empty although more follow. */
async function readLatest(service, to) {
  const attempts = [];
  try {
    const filter = to.startsWith('VE') ? { VerificationSid: to } : { 'ChannelData.To': to };
    let path = `/v2/Attempts?${new URLSearchParams({ ...filter, ...service && { VerifyServiceSid: service }, PageSize: 10 })}`;
    for (let pages = 0; path && attempts.length < 10 && pages < 5; pages++) {
      const page = await call(path);
      attempts.push(...page.attempts);
      path = following('/v2/Attempts', page);
    }

    return { attempts };
  } catch (problem) {
    return { attempts, problem };
  }
}

function drawLatest({ attempts, problem }, ofAll = false, wasRefused = false) {
  if (problem) {
    return [make('p', `What was sent to it before cannot be told. ${problem.message}`), make('p', 'An ended verification is also found by its SID, which the answer to the start held.', { class: 'hint' })];
  }

  if (attempts.length === 0) {
    return [
      make('p', `${ofAll ? 'No service' : 'This service'} has sent ${ofAll ? 'anything' : 'nothing'} to it in the last 30 days.`),
      ...wasRefused ? [] : [make('p', `Check the ${ofAll ? 'number' : 'service and the number'}. Test numbers are in no list; their verifications are found by SID.`, { class: 'hint' })],
    ];
  }

  const table = document.createElement('table');
  const head = document.createElement('tr');
  ['Time', ...ofAll ? ['Service'] : [], 'Channel', 'What became of it', 'Error', 'Code typed', 'Verification'].forEach(name => head.append(make('th', name, { scope: 'col' })));
  table.append(document.createElement('thead'), document.createElement('tbody'));
  table.tHead.append(head);
  for (const attempt of attempts) {
    const { status, error } = fromTwilio(attempt);
    const time = new Date(attempt.date_created).toLocaleString();
    const row = document.createElement('tr');
    const [why, opens] = [document.createElement('td'), document.createElement('td')];
    why.append(error ? errorLink(error) : '–');
    const open = make('button', 'Show', { type: 'button', 'aria-label': `Show the verification of ${time}` });
    open.addEventListener('click', () => lookUp(attempt.service_sid, attempt.verification_sid, true));
    opens.append(open);
    row.append(make('td', time), ...ofAll ? [make('td', serviceName(attempt.service_sid))] : [], make('td', channelName(attempt.channel)), make('td', stateName(status)), why, make('td', attempt.conversion_status === 'converted' ? 'yes' : 'no'), opens);
    table.tBodies[0].append(row);
  }

  const scroll = make('div', '', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'The latest sends to it' });
  scroll.append(table);
  return [make('p', attempts.length === 1 ? 'This was the latest send to it.' : `These were the latest ${attempts.length} sends to it.`), scroll];
}
