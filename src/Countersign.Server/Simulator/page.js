// The page anew every three seconds; only what changed is drawn, and nothing while something in the table is selected, so that reading and copying are not disturbed.
const every = 3000;
const rows = document.getElementById('rows');
const state = document.getElementById('state');
const usual = state.textContent;
let drawn = rows.innerHTML;

const isSelecting = () => !getSelection().isCollapsed && rows.contains(getSelection().anchorNode);

function say(text, name) {
  if (state.textContent !== text) {
    state.textContent = text;
    state.dataset.state = name;
  }
}

async function look() {
  if (document.visibilityState === 'visible' && !isSelecting()) {
    try {
      const answer = await fetch(location.origin + location.pathname, { cache: 'no-store' });
      if (!answer.ok) {
        throw new Error(answer.status);
      }

      // As a document of its own, in which nothing runs.
      const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('rows');
      if (fresh && fresh.innerHTML !== drawn && !isSelecting()) {
        drawn = fresh.innerHTML;
        rows.replaceChildren(...fresh.children);
      }

      say(usual, '');
    } catch {
      say('The simulator does not answer. What is below may be old.', 'lost');
    }
  }

  setTimeout(look, every);
}

setTimeout(look, every);
