// The last 24 hours by service, read again every minute while somebody looks.

import { call } from './api.js';
import { clock, find, make, say, serviceName } from './parts.js';

const hourLength = 3600 * 1000;
const goodFor = 60_000;
let readAt = -Infinity;
let drawn = '';
let session = 0; // Raised when somebody signs out: what an answer of before then says is nothing for the next one.

/** Reads the day anew where what is shown is older than a minute. */
export async function keepDay() {
  if (performance.now() - readAt >= goodFor) {
    await showDay();
  }
}

export async function showDay() {
  readAt = performance.now();
  const mine = session;
  try {
    let day = await call('/admin/v1/rollups?GroupBy=hour,service');
    if (day.is_cut) {
      day = await call('/admin/v1/rollups?GroupBy=service'); // Too many services to draw the hours of each.
    }

    if (mine !== session) {
      return;
    }

    const text = JSON.stringify([day, find('service').children.length]);
    if (text !== drawn) {
      drawn = text;
      draw(day);
    }

    say('day-hint', (day.rows.length ? 'Each counts in the hour in which it was asked for.' : 'Nothing was started in the last 24 hours.') + ' Test numbers do not count.');
    say('day-as-of', `As of ${clock(new Date())}`);
  } catch (problem) {
    if (mine === session) {
      say('day-hint', problem.message);
    }
  }
}

export function forgetDay() {
  session++;
  [readAt, drawn] = [-Infinity, ''];
  find('day').replaceChildren();
  find('day-table').hidden = true;
  say('day-hint', '');
  say('day-as-of', '');
}

function draw(day) {
  const rows = new Map();
  for (const row of day.rows) {
    const sums = rows.get(row.service_sid) ?? { hours: Array(24).fill(0), starts: 0, sends: 0, failed: 0, delivered: 0, undelivered: 0, approved: 0 };
    for (const counter of ['starts', 'sends', 'failed', 'delivered', 'undelivered', 'approved']) {
      sums[counter] += row[counter];
    }

    if (row.hour) {
      sums.hours[(new Date(row.hour) - new Date(day.from)) / hourLength] += row.starts;
    }

    rows.set(row.service_sid, sums);
  }

  find('day').replaceChildren(...[...rows].sort((a, b) => b[1].starts - a[1].starts).map(([sid, sums]) => drawService(sid, sums, day.from)));
  find('day-table').hidden = rows.size === 0;
}

function drawService(sid, sums, from) {
  const row = document.createElement('tr');
  const name = serviceName(sid);
  const bars = document.createElement('td');
  bars.append(sums.hours.some(starts => starts) || !sums.starts ? drawBars(sums.hours, from) : '–');
  // Where no receipt came, nobody knows what arrived.
  const known = sums.delivered + sums.undelivered > 0 ? sums.delivered + sums.undelivered + sums.failed : 0;
  row.append(make('td', name, name === sid ? { class: 'wrap' } : {}), bars);
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
  const busiest = clock(new Date(new Date(from).getTime() + hours.indexOf(most) * hourLength));
  const bars = svg('svg', { class: 'bars', viewBox: '0 0 120 24', role: 'img', 'aria-label': `Most, ${most}, in the hour from ${busiest}` });
  hours.forEach((starts, hour) => {
    const height = starts ? Math.max(2, 24 * starts / most) : 1;
    bars.append(svg('rect', { x: hour * 5, y: 24 - height, width: 4, height, 'data-empty': String(!starts) }));
  });
  return bars;
}
