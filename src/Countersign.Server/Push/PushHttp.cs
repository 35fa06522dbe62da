using System.Net;
using System.Text.Json;
using Countersign.Server.Webhooks;

namespace Countersign.Server.Push;

/// <summary>
/// The HTTP that platforms are spoken to with: no redirects (they would take tokens elsewhere), no proxy of the environment, no cookies, answers of 16 KiB at most, and only to
/// addresses that webhooks may go to. It neither retries nor times out by itself: the message's time does.
/// </summary>
sealed class PushHttp : IDisposable
{
    const int MaxAnswer = 16 * 1024;

    readonly HttpClient _http;

    public PushHttp(GuardedConnections connections) => _http = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = connections.ConnectAsync,
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null, // Apple's addresses hold the device's token: no trace has them.
        ConnectTimeout = TimeSpan.FromSeconds(5),
        MaxResponseHeadersLength = 16,
        EnableMultipleHttp2Connections = true,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        KeepAlivePingDelay = TimeSpan.FromSeconds(5),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(30), // So that new addresses are found.
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { { "User-Agent", "Countersign" } },
    };

    /// <summary>Sends, and reads the answer's status and JSON; the element is undefined where there is no JSON.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Json)> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        using (request)
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            await using var stream = await response.Content.ReadAsStreamAsync(ct);
            var buffer = new byte[MaxAnswer];
            var read = await stream.ReadAtLeastAsync(buffer, MaxAnswer, throwOnEndOfStream: false, ct);
            return (response.StatusCode, Parse(buffer.AsMemory(0, read)));
        }
    }

    public void Dispose() => _http.Dispose();

    static JsonElement Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }
}
