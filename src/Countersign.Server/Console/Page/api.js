// The API, with the credentials of who signed in, and its errors in sentences.

export const base = new URL('..', import.meta.url).href.replace(/\/$/, '');
const patience = 15_000;
let auth = null;
let refused = () => {};

/** What went wrong, as a sentence; `status` is null where nothing was answered. */
export class Problem extends Error {
  constructor(text, status = null) {
    super(text);
    this.status = status;
  }
}

export function use(account, token) {
  const bytes = new TextEncoder().encode(`${account}:${token}`);
  auth = 'Basic ' + btoa(String.fromCharCode(...bytes));
}

export function forget() {
  auth = null;
}

/** Calls back when credentials that were good are no longer. */
export function onRefused(callback) {
  refused = callback;
}

export async function call(path, form) {
  const asked = auth;
  let response = null;
  let body = null;
  try {
    response = await fetch(base + path, {
      method: form ? 'POST' : 'GET',
      headers: asked ? { Authorization: asked } : {},
      body: form && new URLSearchParams(form),
      credentials: 'omit',
      signal: AbortSignal.timeout(patience),
    });
    body = response.status === 204 ? null : await response.json();
  } catch (failure) {
    if (failure.name === 'TimeoutError') {
      throw new Problem(`The server at ${base} has not answered for ${patience / 1000} seconds.`);
    }

    throw response ? new Problem(`What answers at ${base} is not Countersign, or something stands between (HTTP ${response.status}).`, response.status)
      : new Problem(`The server at ${base} does not answer. Is it running?`);
  }

  if (!response.ok) {
    // A browser behind a proxy that changes the host may look like another site's page: its credentials are right all the same.
    if (response.status === 401 && asked !== null && asked === auth && body?.details?.reason !== 'cross_site') {
      refused();
    }

    throw new Problem(sentence(response.status, body), response.status);
  }

  return body;
}

/** The page of a list that follows. Its address is the server's own idea of itself: only the query is needed, and it stays on this origin. */
export const following = (path, page) => page.meta.next_page_url && path + new URL(page.meta.next_page_url).search;

function sentence(status, body) {
  const { permission, explanation, retry_after: wait } = body?.details ?? {};
  if (status === 403 && permission) {
    const parts = permission.split('/').slice(2);
    const action = parts.pop();
    return `This key may not ${action} ${parts.join(' ').replaceAll('-', ' ')}; it needs ${permission}.`;
  }

  const again = status === 429 && wait ? ` It may be asked again in ${wait < 120 ? `${wait} s` : `${Math.ceil(wait / 60)} minutes`}.` : '';
  // The console's own field is called by what it is on the page.
  return (explanation ?? body?.message ?? `The server answered ${status}.`).replace(/^FriendlyName /, 'The name ') + again;
}
