using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Events;
using Countersign.Core.Privacy;

namespace Countersign.Server.Webhooks;

/// <summary>Posts events over HTTP. Follows no redirect, uses no proxy of the environment, keeps no cookie, and reads no more of an answer than its status.</summary>
sealed class HttpEventSender : IEventSender, IDisposable
{
    /// <summary>Bytes of an answer that are read so that its connection can be used again; of a longer one the connection is closed.</summary>
    const int MaxDrained = 16 * 1024;

    /// <summary>How long an account's token is remembered: a token that was changed signs for so long at most.</summary>
    static readonly TimeSpan RememberTokens = TimeSpan.FromSeconds(10);

    readonly HttpClient _http;
    readonly EventOptions _options;
    readonly IAccountStore _accounts;
    readonly TimeProvider _time;
    readonly ConcurrentDictionary<Sid, (ApiSecret? Token, DateTimeOffset Until)> _tokens = new();

    public HttpEventSender(EventOptions options, GuardedConnections connections, IAccountStore accounts, TimeProvider time)
    {
        (_options, _accounts, _time) = (options, accounts, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = connections.ConnectAsync,
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = TimeSpan.FromSeconds(Math.Min(5, options.TimeoutSeconds)),
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = MaxDrained,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public async Task<SendEventsResult> SendAsync(EventReceiver receiver, IReadOnlyList<EventEntry> events, CancellationToken ct)
    {
        if (await TokenAsync(receiver.AccountSid, ct) is not { } token)
        {
            return new SendEventsResult("no_account");
        }

        using var request = Write(receiver, events, token.Reveal());
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(TimeSpan.FromSeconds(_options.TimeoutSeconds));
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            return Read(response);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new SendEventsResult("timeout");
        }
        catch (HttpRequestException problem)
        {
            return new SendEventsResult(Name(problem));
        }
    }

    public void Dispose() => _http.Dispose();

    HttpRequestMessage Write(EventReceiver receiver, IReadOnlyList<EventEntry> events, string token)
    {
        var now = _time.GetUtcNow();

        // As it is requested, which is what its server sees: `http://host` is asked for `/`, and what dots leave out is not asked for.
        var url = new Uri(receiver.Url).AbsoluteUri;
        byte[] body;
        string type, signature;
        if (receiver is EventSink)
        {
            (body, type) = (EventBodies.Batch(events), "application/json; charset=utf-8");
            url = EventSignatures.WithBodyHash(url, body);
            signature = EventSignatures.Twilio(token, url, []);
        }
        else
        {
            var fields = EventBodies.Fields(events[0]);
            (body, type) = (EventBodies.Form(fields), "application/x-www-form-urlencoded; charset=utf-8");
            signature = EventSignatures.Twilio(token, url, fields);
        }

        var id = events.Count == 1 ? events[0].Id : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(events.Select(entry => entry.Id)))));
        var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        request.Headers.TryAddWithoutValidation("User-Agent", "Countersign");
        request.Headers.TryAddWithoutValidation("X-Twilio-Signature", signature);
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation("webhook-signature", EventSignatures.Standard(receiver, id, now, body));
        return request;
    }

    /// <summary>Any 2xx takes it. Twilio wants exactly 200, which is one of them.</summary>
    SendEventsResult Read(HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (status is >= 200 and < 300)
        {
            return default;
        }

        var wait = response.Headers.RetryAfter;
        var asked = wait?.Delta ?? (wait?.Date is { } date ? date - _time.GetUtcNow() : null);
        return new SendEventsResult(
            status is >= 300 and < 400 ? "redirect" : string.Create(CultureInfo.InvariantCulture, $"status_{status}"), status is 429 or 503 && asked > TimeSpan.Zero ? asked : null);
    }

    static string Name(HttpRequestException problem)
    {
        for (Exception? inner = problem; inner is not null; inner = inner.InnerException)
        {
            switch (inner)
            {
                case AddressNotAllowedException:
                    return EventProblems.AddressNotAllowed;
                case AuthenticationException:
                    return "tls";
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }:
                    return "not_resolved";
                case SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.TimedOut }:
                    return "not_connected";
            }
        }

        return problem.HttpRequestError switch
        {
            HttpRequestError.NameResolutionError => "not_resolved",
            HttpRequestError.ConnectionError => "not_connected",
            HttpRequestError.SecureConnectionError => "tls",
            HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => "bad_answer",
            _ => "broken_off",
        };
    }

    async ValueTask<ApiSecret?> TokenAsync(Sid account, CancellationToken ct)
    {
        var now = _time.GetUtcNow();
        if (_tokens.TryGetValue(account, out var known) && now < known.Until && known.Until - now <= RememberTokens)
        {
            return known.Token;
        }

        var token = (await _accounts.FindAccountAsync(account, ct))?.AuthToken;
        _tokens[account] = (token, now + RememberTokens);
        return token;
    }
}
