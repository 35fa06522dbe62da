// What became of each send of a verification, in order, and the sentence that follows from the newest one.

import { base, call } from './api.js';
import { make } from './parts.js';

const channels = { sms: 'text message', call: 'call', whatsapp: 'WhatsApp', email: 'mail' };
const states = {
  sent: 'taken by the carrier', failed: 'failed for good', too_late: 'not sent: nobody could use it any more', canceled: 'not sent: nobody could use it any more',
  delivered: 'delivered', undelivered: 'did not arrive', read: 'read', queued: 'under way', completed: 'answered', busy: 'busy', 'no-answer': 'not answered',
};
const lost = new Set(['failed', 'undelivered', 'busy', 'no-answer']);
const arrived = new Set(['delivered', 'read', 'completed']);
const titles = new Map();

export const channelName = channel => channels[channel] ?? channel;
export const stateName = state => states[state] ?? state;
export const isLost = attempt => lost.has(attempt?.status);

/** Whether something may still become of it: no carrier has it yet, or one has and no receipt came. */
export const isOpen = attempt => attempt === null || attempt?.status === 'sent' || attempt?.status === 'queued';

/**
 * The attempts by SID as `known` had them, with those asked anew that were not at an end: what the admin API tells, or what Twilio's does where the key may read only that.
 * Null is one of which nothing is known yet. A refusal is told as `problem`, and what could be read is there all the same.
 */
export async function readSends(verification, known = new Map()) {
  const attempts = new Map(known);
  const wanted = verification.send_code_attempts.map(send => send.attempt_sid).filter(sid => !attempts.has(sid) || isOpen(attempts.get(sid)));
  try {
    await Promise.all(wanted.map(async sid => attempts.set(sid, await readAttempt(sid))));
    return { attempts };
  } catch (problem) {
    if (problem.status !== 403) {
      return { attempts, problem };
    }

    try {
      const page = await call(`/v2/Attempts?${new URLSearchParams({ VerificationSid: verification.sid, PageSize: 50 })}`);
      page.attempts.forEach(attempt => attempts.set(attempt.sid, fromTwilio(attempt)));
      return { attempts, note: problem };
    } catch {
      return { attempts, problem };
    }
  }
}

async function readAttempt(sid) {
  try {
    const attempt = await call(`/admin/v1/attempts/${sid}`);
    if (attempt.error && !titles.has(attempt.error)) {
      titles.set(attempt.error, await call(`/admin/v1/errors/${attempt.error}`).catch(() => null));
    }

    return attempt;
  } catch (problem) {
    if (problem.status === 404) {
      return null;
    }

    throw problem;
  }
}

/** An attempt of /v2/Attempts in the words of the admin API, as far as they go. */
export const fromTwilio = attempt => ({
  sid: attempt.sid,
  status: attempt.channel_data.message_status ?? attempt.channel_data.call_status,
  error: attempt.channel_data.error_code,
  tries: [],
});

/** What to say of a pending verification by its newest send; undefined where the key may not read it. */
export function sentenceOf(newest) {
  if (newest === undefined) {
    return 'The code is to be typed.';
  }

  if (newest === null) {
    return 'No carrier has taken the code yet: it is on its way, or is tried again.';
  }

  const because = newest.error ? `. ${titleOf(newest.error)}` : '.';
  return newest.status === 'failed' ? `No carrier took the last send, and it is not tried again${because}`
    : lost.has(newest.status) ? `The carrier says that the last send did not arrive${because}`
    : arrived.has(newest.status) ? 'The code arrived and waits to be typed.'
    : newest.status === 'too_late' || newest.status === 'canceled' ? 'The last send was not made, since nobody could use it any more.'
    : 'A carrier took the code and has not said whether it arrived. It waits to be typed.';
}

/** The dictionary's title of an error, which ends in a full stop, or its bare name. */
function titleOf(error) {
  const title = titles.get(error)?.title ?? error;
  return /[.!?]$/.test(title) ? title : `${title}.`;
}

export const adviceOf = attempt => (attempt?.error && titles.get(attempt.error)?.advice) ?? '';

export function errorLink(error) {
  const link = make('a', error, { href: `${base}/admin/v1/errors/${encodeURIComponent(error)}`, target: '_blank', rel: 'noreferrer' });
  link.append(make('span', ' (opens in a new tab)', { class: 'sr' }));
  return link;
}

/** One line of the list of sends. */
export function drawSend(send, attempt) {
  const line = document.createElement('li');
  const head = make('p', `${new Date(send.time).toLocaleString()}, ${channelName(send.channel.toLowerCase())}`);
  line.append(head);
  if (attempt === undefined) {
    return line;
  }

  const state = make('b', attempt === null ? 'under way' : stateName(attempt.status), { 'data-state': isLost(attempt) ? 'bad' : '' });
  head.append(attempt?.carrier ? ` by ${attempt.carrier}` : '', ': ', state);
  if (attempt?.error) {
    const why = make('p', 'Error: ');
    why.append(errorLink(attempt.error), attempt.carrier_code ? ` (the carrier's code: ${attempt.carrier_code})` : '');
    line.append(why);
  }

  if (attempt?.tries.length) {
    line.append(drawTries(attempt.tries, attempt.tries_left_out ?? 0));
  }

  return line;
}

function drawTries(tries, leftOut) {
  const box = document.createElement('details');
  // Where the first carrier took it there is nothing to look for.
  box.open = tries.some(tried => !tried.accepted);
  box.append(make('summary', tries.length === 1 ? 'One try' : leftOut ? `${tries.length + leftOut} tries, of which ${leftOut} are not kept` : `${tries.length} tries`));
  const list = document.createElement('ol');
  for (const tried of tries) {
    const line = make('li', `${new Date(tried.at).toLocaleTimeString()} ${tried.carrier}, ${tried.milliseconds.toLocaleString()} ms: `);
    line.append(tried.accepted ? 'accepted' : errorLink(tried.error ?? 'unknown'), tried.carrier_code ? ` (${tried.carrier_code})` : '');
    if (tried.why_this_carrier) {
      line.append(make('p', `Why this carrier: ${tried.why_this_carrier}`, { class: 'hint' }));
    }

    list.append(line);
  }

  box.append(list);
  return box;
}
