// An SMTP server that is not ours (nodemailer's smtp-server), for the tests of the SMTP carrier. Its first line of input is its configuration,
// {"key","cert","user","password","tls"}; it writes one JSON object a line: where it listens, who connects, and each mail as a mail client would read it
// (mailparser). It ends when its input does, so that it never outlives the test.
import { createInterface } from 'node:readline';
import { SMTPServer } from 'smtp-server';
import { simpleParser } from 'mailparser';

const input = createInterface({ input: process.stdin });
input.on('close', () => process.exit(0));
const { value: first } = await input[Symbol.asyncIterator]().next();
const config = JSON.parse(first);
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const refusal = (code, message) => Object.assign(new Error(message), { responseCode: code });

// What a recipient's name provokes.
const refused = {
  unknown: [550, '5.1.1 No such user here'],
  full: [452, '4.2.2 Mailbox full'],
  spam: [554, '5.7.1 Rejected by policy'],
};

const server = new SMTPServer({
  name: 'peer.example.test',
  key: config.key,
  cert: config.cert,
  secure: config.tls === 'implicit',
  hideSTARTTLS: config.tls === 'never',
  disabledCommands: config.tls === 'never' ? ['STARTTLS'] : [],
  authOptional: !config.user,
  allowInsecureAuth: false,
  disableReverseLookup: true,
  onConnect(session, done) {
    tell({ event: 'connected', connection: session.id });
    done();
  },
  onClose(session) {
    tell({ event: 'closed', connection: session.id });
  },
  onAuth(auth, session, done) {
    const right = auth.username === config.user && auth.password === config.password;
    tell({ event: 'authenticated', connection: session.id, right, method: auth.method, secure: session.secure });
    done(right ? null : refusal(535, '5.7.8 Authentication credentials invalid'), { user: auth.username });
  },
  onRcptTo(address, session, done) {
    const reason = refused[address.address.split('@')[0]];
    done(reason ? refusal(...reason) : null);
  },
  onData(stream, session, done) {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', async () => {
      const raw = Buffer.concat(chunks).toString('latin1');
      const mail = await simpleParser(Buffer.concat(chunks));
      tell({
        event: 'mail',
        connection: session.id,
        secure: session.secure,
        user: session.user ?? null,
        sender: session.envelope.mailFrom.address,
        senderArguments: session.envelope.mailFrom.args,
        recipients: session.envelope.rcptTo.map((to) => to.address),
        recipientArguments: session.envelope.rcptTo.map((to) => to.args),
        from: mail.from?.value,
        to: mail.to?.value,
        replyTo: mail.replyTo?.value ?? null,
        cc: mail.cc?.value ?? null,
        bcc: mail.bcc?.value ?? null,
        subject: mail.subject,
        messageId: mail.messageId,
        date: mail.date,
        text: mail.text,
        html: mail.html,
        attachments: mail.attachments.length,
        headers: mail.headerLines.map((header) => header.line),
        raw,
      });
      done(null, config.queueId ? `2.0.0 Ok: queued as ${config.queueId}` : undefined);
    });
  },
});

server.on('error', (error) => tell({ event: 'error', message: error.message }));
const listener = server.listen(0, '127.0.0.1', () => tell({ event: 'listening', port: listener.address().port }));
