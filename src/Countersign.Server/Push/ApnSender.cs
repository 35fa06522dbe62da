using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Countersign.Core.Factors;
using Countersign.Core.Registry;

namespace Countersign.Server.Push;

/// <summary>Apple's push service over HTTP/2, with provider tokens.</summary>
sealed class ApnSender(PushHttp http, IRegistry<PushCredential> credentials, TimeProvider time)
{
    const string Apple = "https://api.push.apple.com", AppleSandbox = "https://api.sandbox.push.apple.com";

    /// <summary>Apple wants a provider token to be renewed not before 20 minutes, and takes none older than 60.</summary>
    static readonly TimeSpan TokenLife = TimeSpan.FromMinutes(50);

    readonly KeptTokens _tokens = new(credentials, time);

    public async Task<PushResult> SendAsync(PushCredential credential, PushMessage message, CancellationToken ct)
    {
        var apn = credential.Apn!;
        var token = await _tokens.GetAsync(credential, (of, _) => new((ProviderToken(of), TokenLife)), ct);
        var host = (credential.Host ?? (apn.Sandbox ? AppleSandbox : Apple)).TrimEnd('/');
        var request = new HttpRequestMessage(HttpMethod.Post, $"{host}/3/device/{Uri.EscapeDataString(message.Token.Reveal())}")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = PushJson.Content(json =>
            {
                json.WriteStartObject("aps"u8);
                json.WriteStartObject("alert"u8);
                json.WriteString("body"u8, message.Text);
                json.WriteEndObject();
                json.WriteString("sound"u8, "default");
                json.WriteEndObject();
                PushJson.WriteChallenge(json, message);
            }),
        };
        var until = message.Ttl == TimeSpan.Zero ? 0 : (time.GetUtcNow() + message.Ttl).ToUnixTimeSeconds();
        request.Headers.Authorization = new AuthenticationHeaderValue("bearer", token);
        request.Headers.TryAddWithoutValidation("apns-topic", apn.BundleId);
        request.Headers.TryAddWithoutValidation("apns-push-type", "alert");
        request.Headers.TryAddWithoutValidation("apns-priority", "10");
        request.Headers.TryAddWithoutValidation("apns-expiration", until.ToString(CultureInfo.InvariantCulture));
        var (status, answer) = await http.SendAsync(request, ct);
        if (status == HttpStatusCode.OK)
        {
            return new PushResult(PushOutcome.Accepted, 200, "-");
        }

        var reason = PushJson.Text(answer, "reason");
        if (status == HttpStatusCode.Forbidden && reason == "ExpiredProviderToken")
        {
            // Not for InvalidProviderToken: a new one of the same key is as wrong, and Apple refuses who makes many.
            _tokens.Drop(credential, token!);
        }

        return new PushResult(status == HttpStatusCode.Gone || reason == "BadDeviceToken" ? PushOutcome.TokenGone : PushOutcome.Refused, (int)status, PushJson.Word(reason));
    }

    string ProviderToken(PushCredential credential) => PushJson.Jwt(
        header =>
        {
            header.WriteString("alg"u8, "ES256");
            header.WriteString("kid"u8, credential.Apn!.KeyId);
        },
        claims =>
        {
            claims.WriteString("iss"u8, credential.Apn!.TeamId);
            claims.WriteNumber("iat"u8, time.GetUtcNow().ToUnixTimeSeconds());
        },
        credential.PrivateKey.SignEs256);
}
