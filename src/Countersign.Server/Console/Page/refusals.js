// Starts that were refused, so that nothing was sent: the newest of all, and those of one number.

import { base, call, following } from './api.js';
import { channelName } from './sends.js';
import { find, make, say, serviceName } from './parts.js';

const path = '/admin/v1/refusals';
const pageSize = 10;
const goodFor = 60_000;
let readAt = -Infinity;
let drawn = '';
let next = null;
let session = 0; // Raised when somebody signs out: what an answer of before then says is nothing for the next one.

/** The newest of the account, read anew where they are older than a minute, unless somebody has asked for older ones. */
export async function keepRefusals() {
  if (performance.now() - readAt >= goodFor && find('refusals').children.length <= pageSize) {
    await showRefusals();
  }
}

export async function showRefusals() {
  readAt = performance.now();
  const mine = session;
  try {
    const page = await call(`${path}?PageSize=${pageSize}`);
    const text = JSON.stringify([page.refusals, find('service').children.length]);
    if (mine !== session || text === drawn) {
      return;
    }

    drawn = text;
    find('refusals').replaceChildren(...page.refusals.map(drawOne));
    draw(page);
  } catch (problem) {
    if (mine === session) {
      say('refusals-hint', problem.message);
    }
  }
}

export function forgetRefusals() {
  session++;
  [readAt, drawn, next] = [-Infinity, '', null];
  find('refusals').replaceChildren();
  find('refusals-table').hidden = find('refusals-more').hidden = true;
  say('refusals-hint', '');
}

export function startRefusals() {
  find('refusals-more').addEventListener('click', async () => {
    const [button, mine, before] = [find('refusals-more'), session, find('refusals').children.length];
    button.disabled = true;
    try {
      const page = await call(next);
      if (mine === session) {
        find('refusals').append(...page.refusals.map(drawOne));
        draw(page);
        // Where the button goes away the focus would be nowhere.
        if (button.hidden) {
          find('refusals').children[before]?.closest('.scroll').focus();
        }
      }
    } catch (problem) {
      if (mine === session) {
        say('refusals-hint', problem.message);
      }
    } finally {
      button.disabled = false;
    }
  });
}

function draw(page) {
  next = following(path, page);
  find('refusals-more').hidden = !next;
  const none = find('refusals').children.length === 0;
  find('refusals-table').hidden = none;
  say('refusals-hint', none ? 'No start was refused in the last seven days.' : 'The newest of the last seven days. Of an attack only some are kept.');
}

/** What was refused to a number or a mailbox since a moment, as a list of elements: none where nothing was, or where the key may not read it. */
export async function refusalsOf(service, to, since = 0) {
  try {
    const page = await call(`${path}?${new URLSearchParams({ To: to, ...service && { ServiceSid: service }, PageSize: pageSize })}`);
    const found = page.refusals.filter(refusal => new Date(refusal.date_created) >= since);
    if (found.length === 0) {
      return [];
    }

    const many = found.length === pageSize ? `The latest ${pageSize} starts` : `${found.length} starts`;
    const scroll = make('div', '', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Starts to it that were refused' });
    const table = document.createElement('table');
    const head = document.createElement('tr');
    ['Time', 'Error', 'Why', 'Channel'].forEach(name => head.append(make('th', name, { scope: 'col' })));
    table.append(document.createElement('thead'), document.createElement('tbody'));
    table.tHead.append(head);
    table.tBodies[0].append(...found.map(refusal => rowOf(timeOf(refusal), errorOf(refusal), whyOf(refusal), channelOf(refusal))));
    scroll.append(table);
    return [make('p', `${found.length === 1 ? 'One start' : many} to it ${found.length === 1 ? 'was' : 'were'} refused, so that nothing was sent:`), scroll];
  } catch {
    return [];
  }
}

function drawOne(refusal) {
  const to = document.createElement('td');
  to.append(refusal.to, refusal.country ? ` (${refusal.country})` : '');
  return rowOf(timeOf(refusal), errorOf(refusal), whyOf(refusal), to, channelOf(refusal), make('td', serviceName(refusal.service_sid)));
}

function rowOf(...cells) {
  const row = document.createElement('tr');
  row.append(...cells);
  return row;
}

const timeOf = refusal => make('td', new Date(refusal.date_created).toLocaleString());
const channelOf = refusal => make('td', refusal.channel === 'auto' ? 'any' : channelName(refusal.channel));
const whyOf = refusal => make('td', refusal.details.explanation ?? refusal.reason.replaceAll('_', ' '), { class: 'wrap long' });

function errorOf(refusal) {
  const cell = document.createElement('td');
  const link = make('a', String(refusal.code), { href: `${base}/admin/v1/errors/${refusal.code}`, target: '_blank', rel: 'noreferrer' });
  link.append(make('span', ' (opens in a new tab)', { class: 'sr' }));
  cell.append(link, ` ${refusal.reason.replaceAll('_', ' ')}`);
  return cell;
}
