// What the parts of the console build their elements with.

export const find = id => document.getElementById(id);

export function make(name, text, attributes = {}) {
  const element = document.createElement(name);
  element.textContent = text;
  Object.entries(attributes).forEach(([attribute, value]) => element.setAttribute(attribute, value));
  return element;
}

/** Text where there is a place for it; without text the place goes away. */
export function say(id, text) {
  const place = find(id);
  if (place.textContent !== text) {
    place.textContent = text;
  }

  place.hidden = !text;
}

/** Says what is wrong with a field and takes the focus there; the field's aria-describedby names the place. */
export function refuse(field, id, text) {
  say(id, text);
  field.setAttribute('aria-invalid', 'true');
  field.focus();
  field.addEventListener('input', () => accept(field, id), { once: true });
}

export function accept(field, id) {
  say(id, '');
  field.removeAttribute('aria-invalid');
}

/** For screen readers alone. Timers stay out of it. */
export function announce(text) {
  find('announcer').textContent = text;
}

/** What a service is called, as far as it was read; else its SID. */
export const serviceName = sid => [...find('service').options].find(option => option.value === sid)?.textContent ?? sid;

export const clock = moment => moment.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
