// The account's messages as they come: server-sent events over fetch(), because EventSource cannot send credentials.

const here = new URL('.', import.meta.url);
const silence = 40_000; // The server says something every 15 s; after this long without a word the line is dead.
const longestWait = 30_000;
const gathering = 40;

/** Wrong credentials; or right ones that may not read the messages, and then `permission` is what they would need. */
export class Refused extends Error {
  constructor(permission = null) {
    super();
    this.permission = permission;
  }
}

export function authorization(account, token) {
  const bytes = new TextEncoder().encode(`${account}:${token}`);
  return 'Basic ' + btoa(String.fromCharCode(...bytes));
}

/** The newest messages, newest first. Throws Refused for credentials that are wrong or may not read them. */
export async function readMessages(auth, signal) {
  const response = await open('messages?limit=1000', auth, signal);
  return (await response.json()).messages;
}

/** The newest service of the account, for the line that sends a message; or null, for it is a convenience. */
export async function newestService(auth, signal) {
  try {
    const response = await open('../v2/Services?PageSize=1', auth, signal);
    return (await response.json()).services[0]?.sid ?? null;
  } catch {
    return null;
  }
}

/** How many carriers the account has set up, switched off or not; or null where these credentials may not know. */
export async function countCarriers(auth, signal) {
  try {
    const response = await open('../admin/v1/carriers', auth, signal);
    return (await response.json()).carriers.length;
  } catch {
    return null;
  }
}

/**
 * Follows the account until the signal aborts. Calls back with onState('connecting' | 'live' | 'offline'), onMessages(array) and onRefused(why). All messages
 * are read again after each connection, once the stream is open, so that none falls between the two. Messages that come close together are handed over together.
 */
export async function follow(auth, signal, { onState, onMessages, onRefused }) {
  onState('connecting');
  for (let failures = 0; !signal.aborted;) {
    let ended = false;
    const arrived = new Batch(onMessages, signal);
    try {
      await stream(auth, signal, {
        opened: async line => {
          onMessages(await readMessages(auth, line));
          failures = 0;
          onState('live');
        },
        message: data => arrived.add(JSON.parse(data)),
        reload: async (_, line) => onMessages(await readMessages(auth, line)),
      });
      ended = true; // By the server, which asks for the credentials again, or stops.
    } catch (problem) {
      if (problem instanceof Refused && !signal.aborted) {
        onRefused(problem);
        return;
      }
    }

    if (!signal.aborted) {
      onState(ended ? 'connecting' : 'offline');
      await pause(Math.min(longestWait, 500 * 2 ** failures++) * (0.75 + Math.random() / 2), signal);
    }
  }
}

/** Gathers messages for a moment, so that a load test costs the page a few paintings and not thousands. */
class Batch {
  #messages = [];

  constructor(take, signal) {
    this.take = take;
    this.signal = signal;
  }

  add(message) {
    if (this.#messages.push(message) === 1) {
      setTimeout(() => this.#hand(), gathering);
    }
  }

  #hand() {
    const messages = this.#messages;
    this.#messages = [];
    if (!this.signal.aborted) {
      this.take(messages.reverse());
    }
  }
}

async function stream(auth, signal, on) {
  const line = new AbortController();
  const hangUp = () => line.abort();
  signal.addEventListener('abort', hangUp);
  let watchdog = setTimeout(hangUp, silence);
  try {
    const response = await open('events', auth, line.signal);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    await on.opened(line.signal);
    for (let rest = ''; ;) {
      const { value, done } = await reader.read();
      if (done) {
        return;
      }

      clearTimeout(watchdog);
      watchdog = setTimeout(hangUp, silence);
      const events = (rest + value).split('\n\n');
      rest = events.pop();
      for (const event of events) {
        const [, name] = /^event: (.*)$/m.exec(event) ?? [];
        const [, data] = /^data: (.*)$/m.exec(event) ?? [];
        await on[name]?.(data, line.signal);
      }
    }
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener('abort', hangUp);
    hangUp();
  }
}

async function open(path, auth, signal) {
  const response = await fetch(new URL(path, here), { headers: { Authorization: auth }, cache: 'no-store', credentials: 'omit', signal });
  if (response.status === 401) {
    throw new Refused();
  }

  if (response.status === 403) {
    throw new Refused((await response.json().catch(() => null))?.details?.permission ?? 'another key');
  }

  if (!response.ok) {
    throw new Error(`HTTP ${response.status}`);
  }

  return response;
}

/** Waits, but not past the moment when the network comes back. */
function pause(milliseconds, signal) {
  return new Promise(resolve => {
    const timer = setTimeout(end, milliseconds);
    addEventListener('online', end);
    signal.addEventListener('abort', end);
    function end() {
      clearTimeout(timer);
      removeEventListener('online', end);
      signal.removeEventListener('abort', end);
      resolve();
    }
  });
}
