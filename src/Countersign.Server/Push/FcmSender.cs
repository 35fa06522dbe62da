using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Countersign.Core.Factors;
using Countersign.Core.Registry;

namespace Countersign.Server.Push;

/// <summary>
/// Firebase Cloud Messaging, HTTP v1. A service account signs an assertion, Google gives an access token for it, and the message is posted with that. Messages hold data and no
/// notification: so the app is woken also in the background, and says what it says itself.
/// </summary>
sealed class FcmSender(PushHttp http, IRegistry<PushCredential> credentials, TimeProvider time)
{
    const string Google = "https://fcm.googleapis.com", Scope = "https://www.googleapis.com/auth/firebase.messaging";

    /// <summary>An access token is asked for anew so long before its end.</summary>
    static readonly TimeSpan Early = TimeSpan.FromMinutes(1);

    readonly KeptTokens _tokens = new(credentials, time);

    public async Task<PushResult> SendAsync(PushCredential credential, PushMessage message, CancellationToken ct)
    {
        var refused = new PushResult(PushOutcome.Refused, 0, "no_access_token");
        if (await _tokens.GetAsync(credential, async (of, stop) =>
        {
            var (result, token) = await AskForTokenAsync(of, stop);
            refused = result;
            return token;
        }, ct) is not { } token)
        {
            return refused;
        }

        var request = new HttpRequestMessage(HttpMethod.Post, $"{(credential.Host ?? Google).TrimEnd('/')}/v1/projects/{Uri.EscapeDataString(credential.Fcm!.ProjectId)}/messages:send")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Content = PushJson.Content(json => Write(json, message)),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var (status, answer) = await http.SendAsync(request, ct);
        if (status == HttpStatusCode.OK)
        {
            return new PushResult(PushOutcome.Accepted, 200, "-");
        }

        if (status == HttpStatusCode.Unauthorized)
        {
            _tokens.Drop(credential, token);
        }

        var code = CodeOf(answer);
        return new PushResult(status == HttpStatusCode.NotFound && code == "UNREGISTERED" ? PushOutcome.TokenGone : PushOutcome.Refused, (int)status, PushJson.Word(code));
    }

    async ValueTask<(PushResult Result, (string Token, TimeSpan GoodFor)? Token)> AskForTokenAsync(PushCredential credential, CancellationToken ct)
    {
        var (account, now) = (credential.Fcm!, time.GetUtcNow().ToUnixTimeSeconds());
        var assertion = PushJson.Jwt(
            header =>
            {
                header.WriteString("alg"u8, "RS256");
                header.WriteString("typ"u8, "JWT");
                if (account.KeyId is { } kid)
                {
                    header.WriteString("kid"u8, kid);
                }
            },
            claims =>
            {
                claims.WriteString("iss"u8, account.ClientEmail);
                claims.WriteString("scope"u8, Scope);
                claims.WriteString("aud"u8, account.TokenUri);
                claims.WriteNumber("iat"u8, now);
                claims.WriteNumber("exp"u8, now + 3600);
            },
            credential.PrivateKey.SignRs256);
        var (status, answer) = await http.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, account.TokenUri)
            {
                Content = new FormUrlEncodedContent([new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", assertion)]),
            }, ct);

        // What goes into a header must fit into one.
        return status == HttpStatusCode.OK && PushJson.Text(answer, "access_token") is { Length: > 0 and <= 8192 } token && token.All(character => character is > ' ' and <= '~')
            && answer.TryGetProperty("expires_in", out var expires) && expires.TryGetInt32OrNull() is > 0 and <= 86_400 and { } seconds
            ? (default, (token, TimeSpan.FromSeconds(seconds) - Early))
            : (new PushResult(PushOutcome.Refused, (int)status, status == HttpStatusCode.OK ? "no_access_token" : PushJson.Word(PushJson.Text(answer, "error"))), null);
    }

    static void Write(Utf8JsonWriter json, PushMessage message)
    {
        json.WriteStartObject("message"u8);
        json.WriteString("token"u8, message.Token.Reveal());
        json.WriteStartObject("data"u8);
        PushJson.WriteChallenge(json, message);
        json.WriteEndObject();
        json.WriteStartObject("android"u8);
        json.WriteString("priority"u8, "HIGH");
        json.WriteString("ttl"u8, string.Create(CultureInfo.InvariantCulture, $"{(long)message.Ttl.TotalSeconds}s"));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>FCM's own code out of the details; else the status of Google's APIs.</summary>
    static string? CodeOf(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("error", out var error) || error.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return error.TryGetProperty("details", out var details) && details.ValueKind == JsonValueKind.Array
            && details.EnumerateArray().Select(detail => PushJson.Text(detail, "errorCode")).FirstOrDefault(code => code is not null) is { } code
            ? code
            : PushJson.Text(error, "status");
    }
}

file static class Numbers
{
    public static int? TryGetInt32OrNull(this JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;
}
