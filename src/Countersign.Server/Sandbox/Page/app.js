// Signs in, follows the account's messages and shows them. Credentials live in this tab's sessionStorage and nowhere else.

import { authorization, countCarriers, follow, newestService, readMessages, Refused } from './feed.js';
import { Phones } from './phones.js';

const find = id => document.getElementById(id);
const signIn = document.querySelector('form[data-sign-in]');
const origin = new URL('..', import.meta.url).href.replace(/\/$/, '');
const phones = new Phones({ commandFor: command, changed });
let session = null; // { account, service, line: AbortController }

function command(number) {
  const account = session?.account ?? 'AC…';
  return `curl -u ${account}:$AUTH_TOKEN ${origin}/v2/Services/${session?.service ?? 'VA…'}/Verifications --data-urlencode To=${number} -d Channel=sms`;
}

function changed() {
  find('empty').hidden = !session || phones.count > 0;
  const unread = session ? phones.unread : 0;
  document.title = (unread > 0 ? `(${unread}) ` : '') + 'Virtual phones · Countersign';
}

const retryEvery = 5000;
let retry = null;
const reachEvery = 30_000;
const reaches = {
  unknown: 'While no carrier is set up, everything comes here and nothing goes to a real phone; after that only numbers for fiction, test numbers and reserved mail domains come here.',
  none: 'Any valid number will do: no carrier is set up, so nothing is sent to a real one.',
  some: 'Carriers are set up: only numbers for fiction, such as +14155550123, test numbers and reserved mail domains come here. All others go to real phones.',
};

/** What comes here and what does not, which changes with the first carrier. */
async function showReach(auth, signal) {
  const carriers = await countCarriers(auth, signal);
  if (!signal.aborted) {
    const text = reaches[carriers === null ? 'unknown' : carriers === 0 ? 'none' : 'some'];
    for (const place of document.querySelectorAll('[data-reach]')) {
      if (place.textContent !== text) {
        place.textContent = text;
      }
    }
  }
}

async function enter(account, token, byHand = false) {
  clearTimeout(retry);
  const auth = authorization(account, token);
  const button = signIn.querySelector('button');
  button.disabled = true;
  try {
    const messages = await readMessages(auth);
    const service = await newestService(auth);
    leave();
    sessionStorage.setItem('countersign.credentials', JSON.stringify({ account, token }));
    session = { account, service, line: new AbortController() };
    phones.receive(messages, false);
    await showReach(auth, session.line.signal);
    start(auth, session.line.signal);
    if (byHand) {
      find('number').focus(); // The form that had the focus is gone.
    }
  } catch (problem) {
    // Where only the server is away they may well be right: whoever restarts it is not to look for them again.
    const isAway = !byHand && !(problem instanceof Refused);
    leave(isAway);
    signIn.account.value = account;
    retry = isAway ? setTimeout(() => enter(account, token), retryEvery) : null;
    say('sign-in-error', isAway ? `The server at ${origin} does not answer. Trying again.` : problem instanceof Refused ? refusal(problem, 'These credentials are not right. Check the Account SID and the Auth Token.')
      : `The server at ${origin} does not answer. Is it running?`);
    signIn.token.value = token;
    if (problem instanceof Refused && !problem.permission) {
      mark(signIn.token, true);
    }

    if (!isAway) {
      signIn.token.select();
    }
  } finally {
    button.disabled = false;
  }
}

const refusal = (problem, otherwise) => problem.permission ? `This key may not read the messages; it needs ${problem.permission}.` : otherwise;

function start(auth, signal) {
  signIn.reset();
  say('sign-in-error', '');
  mark(signIn.account, false);
  mark(signIn.token, false);
  find('welcome').hidden = true;
  find('tools').hidden = false;
  showCommand();
  phones.restore();
  follow(auth, signal, {
    onState: showConnection,
    onMessages: receive,
    onRefused: problem => {
      leave();
      say('sign-in-error', refusal(problem, 'These credentials no longer work. Sign in again.'));
      signIn.account.focus();
    },
  });
  const timer = setInterval(() => document.visibilityState === 'visible' && showReach(auth, signal), reachEvery);
  signal.addEventListener('abort', () => clearInterval(timer));
}

function receive(messages) {
  const fresh = phones.receive(messages, true);
  const numbers = [...new Set(fresh.map(message => message.to))];
  if (numbers.length > 0) {
    find('announcer').textContent = numbers.length > 3 ? `${fresh.length} new messages` : `New message for ${numbers.join(', ')}`;
  }
}

function leave(keeps = false) {
  clearTimeout(retry);
  session?.line.abort();
  session = null;
  if (!keeps) {
    sessionStorage.removeItem('countersign.credentials');
  }

  phones.clear();
  find('filter').value = '';
  find('tools').hidden = true;
  find('welcome').hidden = false;
  changed();
}

function showConnection(state) {
  const pill = find('connection');
  pill.dataset.connection = state;
  pill.title = state === 'offline' ? 'The server does not answer; trying again' : '';
  pill.lastElementChild.textContent = { live: 'Live', connecting: 'Connecting', offline: 'Offline' }[state];
}

/** Says what is wrong, where it is wrong; the role makes screen readers say it at once. */
function say(id, text) {
  const place = find(id);
  place.textContent = text;
  place.hidden = text === '';
  text ? place.setAttribute('role', 'alert') : place.removeAttribute('role');
}

/** ARIA knows no attribute without a value. */
function mark(field, wrong) {
  wrong ? field.setAttribute('aria-invalid', 'true') : field.removeAttribute('aria-invalid');
}

/** Each option in one piece, so that a narrow page breaks between them. */
function showCommand() {
  const pieces = command('+14155550123').split(/ (?=-|http)/).flatMap(text => {
    const piece = document.createElement('span');
    piece.textContent = text;
    return [piece, ' '];
  });
  find('command').replaceChildren(...pieces.slice(0, -1));
  find('service-hint').hidden = session.service !== null;
}

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text); // Plain HTTP on another host than localhost has no clipboard API.
  }

  const label = button.dataset.label ??= button.textContent;
  button.textContent = 'Copied';
  button.classList.add('done');
  find('announcer').textContent = 'Copied';
  clearTimeout(button.timer);
  button.timer = setTimeout(() => {
    button.textContent = label;
    button.classList.remove('done');
  }, 2000);
}

function copyBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr';
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
  focused?.focus();
}

/** Takes `#AC…:token`, as the server's banner prints it, out of the address bar. */
function fromFragment() {
  const [, account, token] = /^#([^:]+):(.+)$/.exec(location.hash) ?? [];
  if (!account) {
    return null;
  }

  history.replaceState(null, '', location.pathname + location.search);
  try {
    return { account: decodeURIComponent(account), token: decodeURIComponent(token) };
  } catch {
    return { account, token };
  }
}

function fromSession() {
  try {
    return JSON.parse(sessionStorage.getItem('countersign.credentials'));
  } catch {
    return null;
  }
}

function begin(credentials) {
  if (credentials) {
    enter(credentials.account, credentials.token);
  } else if (!session) {
    leave();
    signIn.account.focus();
  }
}

signIn.addEventListener('submit', event => {
  event.preventDefault();
  const [account, token] = [signIn.account.value.trim(), signIn.token.value.trim()];
  mark(signIn.account, !account);
  mark(signIn.token, !token);
  if (account && token) {
    enter(account, token, true);
  } else {
    say('sign-in-error', 'Both are needed: the Account SID and its Auth Token.');
    (account ? signIn.token : signIn.account).focus();
  }
});

find('add').addEventListener('submit', event => {
  event.preventDefault();
  const field = find('number');
  const number = field.value.replace(/[\s().-]/g, '').replace(/^00/, '+');
  const right = /^\+[1-9]\d{6,14}$/.test(number);
  say('add-error', right ? '' : 'Write the number with + and its country code, such as +14155550123.');
  mark(field, !right);
  if (right) {
    field.value = find('filter').value = '';
    phones.add(number);
  } else {
    field.focus();
  }
});

find('number').addEventListener('input', event => {
  say('add-error', '');
  mark(event.target, false);
});
signIn.addEventListener('input', event => {
  clearTimeout(retry); // Somebody types others.
  mark(event.target, false);
});
find('filter').addEventListener('input', event => phones.filter(event.target.value));
find('sign-out').addEventListener('click', () => {
  leave();
  sessionStorage.clear();
  say('sign-in-error', '');
  signIn.account.focus();
});

document.addEventListener('click', event => {
  const aimed = event.target.closest('button');
  const tapped = aimed || !getSelection().isCollapsed ? null : event.target.closest('.chip');
  const button = aimed ?? tapped?.querySelector('button');
  if (button?.matches('[data-copy]')) {
    copy(button.previousElementSibling.textContent, button);
  } else if (button?.matches('[data-copy-command]')) {
    copy(button.value || find('command').textContent, button);
  }
});

addEventListener('hashchange', () => begin(fromFragment()));
begin(fromFragment() ?? fromSession());
