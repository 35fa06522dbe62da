// Which carriers are left alone now, and why: a notice that is there only then.

import { call } from './api.js';
import { find, make, say } from './parts.js';

let drawn = '[]';
let mayNotRead = false;
let session = 0; // Raised when somebody signs out: what an answer of before then says is nothing for the next one.

export async function showPaused() {
  if (mayNotRead) {
    return;
  }

  const mine = session;
  let paused = [];
  try {
    const { carriers } = await call('/admin/v1/carriers');
    if (mine !== session) {
      return;
    }

    for (const carrier of carriers) {
      if (carrier.enabled && carrier.paused_because) {
        paused.push([carrier.name, '', carrier.paused_because]);
      }

      paused.push(...(carrier.enabled ? Object.entries(carrier.paused_in) : []).map(([country, why]) => [carrier.name, country, why]));
    }
  } catch (problem) {
    if (mine !== session) {
      return;
    }

    mayNotRead = problem.status === 403; // The rest of the page is of use all the same.
    say('paused-hint', mayNotRead ? `${problem.message} So carriers that are left alone are not shown.` : '');
    if (!mayNotRead) {
      return; // What was known stays; the line about the server's health says the rest.
    }
  }

  const text = JSON.stringify(paused);
  if (text !== drawn) {
    drawn = text;
    draw(paused);
  }
}

export function forgetPaused() {
  session++;
  [drawn, mayNotRead] = ['[]', false];
  say('paused-hint', '');
  draw([]);
}

function draw(paused) {
  find('paused-list').replaceChildren(...paused.map(([name, country, why]) => {
    const line = document.createElement('li');
    line.append(make('b', name), country ? ` in ${country}: ` : ': ', why);
    return line;
  }));
  find('paused').hidden = paused.length === 0;
  find('paused-title').textContent = paused.length === 0 ? '' : new Set(paused.map(([name]) => name)).size === 1 ? 'A carrier is left alone for now' : 'Carriers are left alone for now';
}
