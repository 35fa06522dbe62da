// Sends each parameter of an operation and looks at what comes of it.

/** What was seen of a parameter: { accepted, seen, refused, problem }, each a text or undefined. */
export async function probe(world, { send }, name, { good, shows = true, shown, effect, wrong, refusal = [400, 60200], more = {} }) {
  const result = {};
  try {
    const value = await valueOf(good, world, send);
    const answer = await send(world, { ...await valuesOf(more, world, send), [name]: value });
    if (answer.status >= 300) {
      return { problem: `${name}=${JSON.stringify(value)} was answered ${answer.status} ${JSON.stringify(answer.body)}` };
    }

    result.accepted = "accepted";
    const there = shows && at(answer.body, shows === true ? memberOf(name) : shows);
    if (shows && !sameValue(there, shown ?? value)) {
      return { problem: `${name}=${JSON.stringify(value)} is not in the answer, which has ${JSON.stringify(there)}` };
    }

    if (effect && !await effect(world, answer, value)) {
      return { problem: `${name}=${JSON.stringify(value)} has no effect: ${JSON.stringify(answer.body)}` };
    }

    result.seen = effect ? "has its effect" : shows ? "is in the answer" : undefined;
    if (wrong !== undefined) {
      const bad = await send(world, { ...await valuesOf(more, world, send), [name]: await valueOf(wrong, world, send) });
      if (bad.status !== refusal[0] || bad.body.code !== refusal[1] || ([60200, 60305, 60306].includes(refusal[1]) && !(bad.body.details.parameter === name || bad.body.details.parameter?.startsWith(`${name}.`)))) {
        return { problem: `a wrong ${name} was to be refused with ${refusal.join("/")} and was answered ${bad.status} ${JSON.stringify(bad.body)}` };
      }

      result.refused = `a wrong one is ${refusal.join("/")}`;
    }
  } catch (problem) {
    return { problem: `${name}: ${problem.message}` };
  }

  return result;
}

async function valueOf(value, world, send) {
  return typeof value === "function" ? value(world, send) : value;
}

async function valuesOf(values, world, send) {
  const made = {};
  for (const [name, value] of Object.entries(values)) {
    made[name] = await valueOf(value, world, send);
  }

  return made;
}

/** `Push.IncludeDate` is `push.include_date` in an answer. */
function memberOf(name) {
  return name.split(".").map((part) => part.replace(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()).join(".");
}

function at(body, path) {
  return path.split(".").reduce((value, member) => value?.[member], body);
}

function sameValue(ours, sent) {
  return JSON.stringify(ours) === JSON.stringify(sent) || String(ours) === String(sent);
}
