// A message centre that is not ours (the npm package smpp), for the tests of the SMPP carrier. Each line of input is one JSON command, the first its
// configuration; it writes one JSON object a line: where it listens, who binds, and each message as a phone would show it. It ends when its input does, so that it
// never outlives the test.
import { createInterface } from 'node:readline';
import smpp from 'smpp';

const input = createInterface({ input: process.stdin });
input.on('close', () => process.exit(0));
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

// { systemId, password, refuse: { number: status }, receipts: { number: 'text' | 'parameters' }, quiet }
let config;
let server;
let port = 0;
let lastId = 0;
let submits = 0;
const sessions = new Set();
const texts = new Set();
const parts = new Map();

/** The whole text once its last part has come; null before. */
function join(pdu) {
  const content = pdu.short_message?.message?.length ? pdu.short_message : (pdu.message_payload ?? pdu.short_message);
  const header = content.udh?.find((element) => element[0] === 0);
  if (!header) {
    return content.message;
  }

  const [, , reference, total, number] = header;
  const key = `${pdu.destination_addr}/${reference}`;
  const known = parts.get(key) ?? [];
  known[number - 1] = content.message;
  parts.set(key, known);
  if (known.filter((part) => part !== undefined).length < total) {
    return null;
  }

  parts.delete(key);
  return known.join('');
}

function sendReceipt(session, pdu, id, form) {
  const status = form === 'parameters' ? 5 : 2;
  const receipt = {
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    esm_class: 4,
    short_message: form === 'parameters' ? '' : `id:${id} sub:001 dlvrd:001 submit date:2611231200 done date:2611231201 stat:DELIVRD err:000 text:Your Acme`,
    ...(form === 'parameters' ? { receipted_message_id: id, message_state: status, network_error_code: Buffer.from([3, 0, 1]) } : {}),
  };
  session.deliver_sm(receipt, (answer) => {
    tell({ event: 'receipt', id, status: answer.command_status });
    if (answer.command_status !== 0) {
      setTimeout(() => sendReceipt(session, pdu, id, form), 50);
    }
  });
}

function onSubmit(session, pdu) {
  submits++;
  const status = config.refuse?.[pdu.destination_addr];
  if (status) {
    session.send(pdu.response({ command_status: status }));
    return;
  }

  const id = `m-${++lastId}`;
  const text = join(pdu);
  if (text !== null) {
    texts.add(text);
  }

  session.send(pdu.response({ message_id: id }));
  if (!config.quiet) {
    tell({
      event: 'submit', id, to: pdu.destination_addr, from: pdu.source_addr, ton: pdu.source_addr_ton, npi: pdu.source_addr_npi,
      toTon: pdu.dest_addr_ton, toNpi: pdu.dest_addr_npi, coding: pdu.data_coding, esm: pdu.esm_class, registered: pdu.registered_delivery, validity: pdu.validity_period, text,
    });
  }

  const form = config.receipts?.[pdu.destination_addr];
  if (form && pdu.registered_delivery) {
    sendReceipt(session, pdu, id, form);
  }
}

function onBind(session, pdu) {
  const right = pdu.system_id === config.systemId && pdu.password === config.password;
  tell({ event: 'bind', command: pdu.command, right, version: pdu.interface_version, systemType: pdu.system_type });
  session.send(pdu.response(right ? { system_id: 'peer' } : { command_status: smpp.ESME_RINVPASWD }));
}

function listen() {
  server = smpp.createServer({}, (session) => {
    sessions.add(session);
    session.on('close', () => {
      sessions.delete(session);
      tell({ event: 'closed' });
    });
    session.on('error', (error) => tell({ event: 'error', message: error.message }));
    for (const bind of ['bind_transceiver', 'bind_transmitter', 'bind_receiver']) {
      session.on(bind, (pdu) => onBind(session, pdu));
    }

    session.on('submit_sm', (pdu) => onSubmit(session, pdu));
    session.on('enquire_link', (pdu) => session.send(pdu.response()));
    session.on('unbind', (pdu) => {
      tell({ event: 'unbind' });
      session.send(pdu.response());
    });
  });
  server.listen(port, '127.0.0.1', () => {
    port = server.address().port;
    tell({ event: 'listening', port });
  });
}

const commands = {
  start: (command) => {
    config = command;
    listen();
  },
  configure: (command) => {
    config = { ...config, ...command };
    tell({ event: 'configured' });
  },
  /** Ends every connection without a word. */
  drop: () => {
    for (const session of sessions) {
      session.destroy();
    }

    tell({ event: 'dropped', submits });
  },
  /** Goes away, and comes back with `listen`. */
  stop: () => {
    server.close(() => tell({ event: 'stopped' }));
    commands.drop();
  },
  listen,
  count: () => tell({ event: 'count', submits, unique: texts.size }),
};

input.on('line', (line) => {
  const command = JSON.parse(line);
  commands[command.command](command);
});
