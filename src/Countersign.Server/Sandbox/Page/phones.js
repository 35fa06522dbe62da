// The phones on the page: which there are, what is on them, and what is new.

const mostPhones = 48; // Shown at once; a filter reaches the others.
const mostKept = 500;
const mostOnPhone = 100;
const readAfter = 6; // Seconds in view until a message counts as seen.
const channels = { sms: 'SMS', call: 'Call', whatsapp: 'WhatsApp', email: 'Email' };
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

// A status bar says 10:57 where the messages below say 10:57 PM.
const statusTime = now => clock.formatToParts(now).filter(part => part.type !== 'dayPeriod').map(part => part.value).join('').trim();

/** How long ago within the hour, then the time, then with its day. */
function told(sent, now) {
  const minutes = Math.floor((now - sent) / 60_000);
  return minutes < 1 ? 'just now'
    : minutes < 60 ? `${minutes} min ago`
    : (sent.toDateString() === now.toDateString() ? '' : `${day.format(sent)}, `) + clock.format(sent);
}

const find = id => document.getElementById(id);
const idOf = message => [message.verification_sid, message.sent_at, message.channel, message.body].join('\n');

export class Phones {
  #byNumber = new Map(); // In the order of their appearance; closed ones too, in case they are opened again.
  #inView = new Set();
  #filter = '';
  #ticks = 0;
  #list = find('phones');
  #watch = new IntersectionObserver(entries => entries.forEach(({ target, isIntersecting }) => {
    this.#inView[isIntersecting ? 'add' : 'delete'](target.dataset.phone);
  }), { threshold: 0.5 });

  /** commandFor(number) gives the curl line of an empty phone; changed() is called when the number of phones or of unread messages may have changed. */
  constructor({ commandFor, changed }) {
    this.commandFor = commandFor;
    this.changed = changed;
    this.#tick();
    setInterval(() => this.#tick(), 1000);
  }

  get count() {
    return [...this.#byNumber.values()].filter(phone => !phone.closed).length;
  }

  get unread() {
    let sum = 0;
    for (const phone of this.#byNumber.values()) {
      sum += phone.unread;
    }

    return sum;
  }

  /** Puts messages (newest first) on their phones and returns those that were not there yet; when fresh, they count as unread. */
  receive(messages, fresh) {
    const added = [];
    const rang = new Set();
    for (const message of messages.toReversed()) {
      const phone = this.#byNumber.get(message.to) ?? this.#make(message.to);
      const id = idOf(message);
      if (!phone.ids.has(id)) {
        this.#put(phone, message, id, fresh);
        added.push(message);
        rang.add(phone);
      }
    }

    if (added.length > 0) {
      this.#show();
      for (const { thread } of rang) {
        thread.scrollTop = thread.scrollHeight; // Last and together: a layout for each message would freeze the page in a load test.
      }
    }

    return added;
  }

  /** An empty phone for a number, or the one that it has; brought into view. */
  add(number) {
    const phone = this.#byNumber.get(number) ?? this.#make(number);
    this.#open(phone);
    this.filter('');
    phone.element.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
    phone.element.querySelector('.thread').focus({ preventScroll: true });
    this.#remember();
  }

  filter(text) {
    // A number is found however it is written, a mailbox by any part of it.
    this.#filter = /[^\d\s+().-]/.test(text) ? text.trim().toLowerCase() : text.replace(/[^\d+]/g, '');
    this.#show();
    this.#tellTimes();
  }

  clear() {
    for (const phone of this.#byNumber.values()) {
      this.#drop(phone);
    }

    this.#filter = '';
    this.#show();
  }

  /** Opens the phones again that were added by hand in this tab. */
  restore() {
    for (const number of stored('waiting', [])) {
      if (!this.#byNumber.has(number)) {
        this.#open(this.#make(number));
      }
    }

    this.#show();
  }

  #make(number) {
    const element = find('phone-template').content.firstElementChild.cloneNode(true);
    const phone = { number, element, thread: element.querySelector('.thread'), badge: element.querySelector('.badge'), ids: new Set(), unread: 0, seenFor: 0, closed: closedSince(number) !== '' };
    element.dataset.phone = number;
    Object.assign(element.querySelector('h2'), { textContent: number, title: number });
    element.querySelector('.clock').textContent = statusTime(new Date());
    phone.thread.setAttribute('aria-label', `Messages for ${number}`);
    element.querySelector('[data-copy-command]').value = this.commandFor(number);
    const close = element.querySelector('[data-close]');
    close.setAttribute('aria-label', `Close ${number}`);
    close.title = 'Close';
    close.addEventListener('click', () => this.#close(phone));
    for (const touch of ['pointerenter', 'pointerdown', 'focusin']) {
      element.addEventListener(touch, () => this.#seen(phone));
    }

    this.#byNumber.set(number, phone);
    this.#watch.observe(element);
    if (this.#byNumber.size > mostKept) {
      this.#drop(this.#byNumber.values().next().value);
    }

    return phone;
  }

  /** A closed phone opens again where a new one would: in front. */
  #open(phone) {
    if (phone.closed) {
      phone.closed = false;
      this.#byNumber.delete(phone.number);
      this.#byNumber.set(phone.number, phone);
      forgetClosed(phone.number);
    }
  }

  #drop(phone) {
    this.#byNumber.delete(phone.number);
    this.#inView.delete(phone.number);
    this.#watch.unobserve(phone.element);
    phone.element.remove();
  }

  #put(phone, message, id, fresh) {
    phone.ids.add(id);
    const element = find('message-template').content.firstElementChild.cloneNode(true);
    const sent = new Date(message.sent_at);
    const time = element.querySelector('time');
    time.dateTime = message.sent_at;
    time.title = moment.format(sent);
    time.textContent = told(sent, new Date());
    element.querySelector('.channel').textContent = channels[message.channel] ?? message.channel;
    element.querySelector('.text').textContent = message.body;
    element.querySelector('code').textContent = message.code;
    element.querySelector('[data-copy]').setAttribute('aria-label', `Copy the code ${message.code}`);
    element.classList.toggle('arriving', fresh);
    element.dataset.id = id;

    phone.thread.querySelector('.waiting')?.remove();
    element.dataset.sent = message.sent_at;
    let before = phone.thread.lastElementChild;
    while (before?.dataset.sent > message.sent_at) {
      before = before.previousElementSibling;
    }

    before ? before.after(element) : phone.thread.prepend(element);
    while (phone.ids.size > mostOnPhone) {
      const oldest = phone.thread.firstElementChild;
      phone.ids.delete(oldest.dataset.id);
      oldest.remove();
    }

    phone.newest = phone.thread.lastElementChild.dataset.sent;
    if (phone.closed && message.sent_at > closedSince(phone.number)) {
      this.#open(phone);
    }

    if (fresh && !phone.closed) {
      phone.unread++;
      phone.seenFor = 0;
      phone.badge.hidden = false;
      phone.badge.textContent = phone.unread === 1 ? 'new' : `${phone.unread} new`;
      phone.element.classList.add('ringing');
    }
  }

  #close(phone) {
    const next = phone.element.previousElementSibling ?? phone.element.nextElementSibling;
    this.#seen(phone);
    if (phone.newest) {
      phone.closed = true;
      phone.element.remove();
      store('closed', { ...stored('closed', {}), [phone.number]: phone.newest });
    } else {
      this.#drop(phone);
    }

    this.#remember();
    this.#show();
    (next?.querySelector('[data-close]') ?? find('number')).focus();
  }

  #seen(phone) {
    if (phone.unread > 0) {
      phone.unread = 0;
      phone.badge.hidden = true;
      phone.element.classList.remove('ringing');
      this.changed();
    }
  }

  #show() {
    let shown = 0;
    let matching = 0;
    const missing = [];
    const appearing = [];
    for (const phone of [...this.#byNumber.values()].reverse()) {
      if (phone.closed) {
        continue;
      }

      const match = phone.number.toLowerCase().includes(this.#filter);
      matching += match;
      const wasHidden = phone.element.hidden;
      phone.element.hidden = !match || shown >= mostPhones;
      shown += !phone.element.hidden;
      if (!phone.element.isConnected) {
        missing.push(phone);
      }

      if (!phone.element.hidden && (wasHidden || !phone.element.isConnected)) {
        appearing.push(phone);
      }
    }

    // New phones go before those that are there, which stay where they are.
    this.#list.prepend(...missing.map(phone => phone.element));
    for (const { thread } of appearing) {
      thread.scrollTop = thread.scrollHeight; // What was not laid out has lost its place.
    }

    const notice = find('notice');
    notice.textContent = matching > shown ? `The ${shown} newest of ${matching} phones are shown: filter by number or mailbox to see the others.`
      : this.count > 0 && matching === 0 ? `No phone's number or mailbox contains ${this.#filter}.`
      : '';
    notice.hidden = notice.textContent === '';
    this.changed();
  }

  #tick() {
    const now = statusTime(new Date());
    const watched = document.visibilityState === 'visible' && document.hasFocus();
    for (const phone of this.#byNumber.values()) {
      const shows = phone.element.querySelector('.clock');
      if (shows.textContent !== now) {
        shows.textContent = now;
      }

      if (phone.unread > 0 && watched && this.#inView.has(phone.number) && ++phone.seenFor >= readAfter) {
        this.#seen(phone);
      }
    }

    if (++this.#ticks % 10 === 0) {
      this.#tellTimes();
    }
  }

  #tellTimes() {
    const now = new Date();
    for (const time of this.#list.querySelectorAll('.phone:not([hidden]) time')) {
      const text = told(new Date(time.dateTime), now);
      if (time.textContent !== text) {
        time.textContent = text;
      }
    }
  }

  #remember() {
    store('waiting', [...this.#byNumber.values()].filter(phone => !phone.newest).map(phone => phone.number));
  }
}

// A closed phone stays closed, in this tab, until something newer comes.
const closedSince = number => stored('closed', {})[number] ?? '';

function forgetClosed(number) {
  const { [number]: gone, ...rest } = stored('closed', {});
  if (gone) {
    store('closed', rest);
  }
}

function stored(key, otherwise) {
  try {
    return JSON.parse(sessionStorage.getItem(`countersign.${key}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function store(key, value) {
  sessionStorage.setItem(`countersign.${key}`, JSON.stringify(value));
}
