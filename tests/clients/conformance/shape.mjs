// What an answer has in common with the example of it: keys and their order, types, nulls, and the form of texts. Values are its own, but for flags and for the words
// that say what state a thing is in.
const telling = new Set([
  "status", "channel", "factor_type", "responded_reason", "priority", "form_type", "version", "webhook_method", "event_types", "conversion_status", "key", "page", "page_size", "algorithm",
]);

/** Every place where `ours` is not like `theirs`, as { path, what }. */
export function differences(ours, theirs, path = "") {
  if (kind(ours) !== kind(theirs)) {
    return [{ path, what: `${kind(ours)} instead of ${kind(theirs)}` }];
  }

  switch (kind(theirs)) {
    case "object": return ofObjects(ours, theirs, path);
    case "array": return ofArrays(ours, theirs, path);
    case "string": return form(ours) === form(theirs) ? valueOf(ours, theirs, path) : [{ path, what: `${form(ours)} instead of ${form(theirs)}` }];
    default: return valueOf(ours, theirs, path);
  }
}

function valueOf(ours, theirs, path) {
  const mustBeEqual = kind(theirs) === "boolean" || telling.has(path.replace(/\[\]$/, "").split(".").at(-1));
  return !mustBeEqual || ours === theirs ? [] : [{ path, what: `${ours} instead of ${theirs}` }];
}

function ofObjects(ours, theirs, path) {
  const at = (key) => path === "" ? key : `${path}.${key}`;
  const names = Object.keys(theirs);
  const common = Object.keys(ours).filter((key) => names.includes(key));
  return [
    ...names.filter((key) => !(key in ours)).map((key) => ({ path: at(key), what: "is missing" })),
    ...Object.keys(ours).filter((key) => !names.includes(key)).map((key) => ({ path: at(key), what: "is not in the example" })),
    ...(common.join() === names.filter((key) => key in ours).join() ? [] : [{ path: at("*"), what: `the order of keys is ${common.join(", ")}` }]),
    ...common.flatMap((key) => differences(ours[key], theirs[key], at(key))),
  ];
}

function ofArrays(ours, theirs, path) {
  return [
    ...((ours.length > 0) === (theirs.length > 0) ? [] : [{ path, what: `${ours.length} elements instead of ${theirs.length}` }]),
    ...(theirs.length === 0 ? [] : ours.flatMap((element, i) => differences(element, theirs[i] ?? theirs[0], `${path}[]`))),
  ];
}

export function kind(value) {
  return value === null || value === undefined ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "integer" : typeof value;
}

/** What a text must have in common with the example's: an address its path, a SID its letters, a moment its precision. */
function form(text) {
  return text
    .replace(/^https?:\/\/[^/]+/, "https://host")
    .replace(/\b(VA|AC|VE|VL|RK|BL|HJ|MG|YE|YF|YC|YK|YW|NT|GN|CR)[0-9a-zA-Z]{30,32}\b/g, "$1…")
    .replace("VerifyServiceSid=VA…&", "") // what a driver asks for, to have one service's own
    .replace(/\/Entities\/[^/?]+/, "/Entities/…")
    .replace(/\/Numbers\/(\+|%2B)\d+$/, "/Numbers/$1…")
    .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, "a moment to the second")
    .replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/, "a moment to the nanosecond")
    .replace(/^otpauth:\/\/totp\/\S*$/, "an otpauth address")
    .replace(/^(?!https:|a moment|an otpauth|[A-Z]{2}…$).*$/s, "a text");
}
