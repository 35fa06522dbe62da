// The unmodified client, and what the server answered it before the client read it.
import twilio from "twilio";

/** A client of the server whose raw answers are kept: `client`, and `last`, the { status, body } of the latest. */
export function recordingClient(server, user = server.account, secret = server.token) {
  // The client takes any object that can send a request; this one is the client's own, listened to.
  const own = new twilio.RequestClient();
  const recording = { last: undefined };
  const client = twilio(user, secret, {
    httpClient: {
      async request(options) {
        const response = await own.request(options);
        recording.last = { status: response.statusCode, body: response.body === "" || response.body === undefined ? null : response.body };
        return response;
      },
    },
  });
  client.verify.baseUrl = server.url;
  return Object.assign(recording, { client });
}

/** Parameters as the client names them: `Push.IncludeDate` is `push.includeDate`, and `Version`, which would hide a method of its own, `versionParam`. */
export function asClientNames(request) {
  return Object.fromEntries(Object.entries(request).map(([name, value]) =>
    [name === "Version" ? "versionParam" : name.split(".").map((part) => part[0].toLowerCase() + part.slice(1)).join("."), value]));
}
