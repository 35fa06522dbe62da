using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Countersign.Core.Delivery;

namespace Countersign.Carriers;

/// <summary>
/// The HTTP that carriers are spoken to with: no redirects (a redirected POST would take credentials elsewhere), no cookies, no proxy, answers of 64 KiB at most. It
/// neither retries nor times out by itself; who sends decides both.
/// </summary>
sealed class CarrierHttp(CarrierNetworks networks, TimeSpan? connectTimeout = null) : IDisposable
{
    const int MaxAnswer = 64 * 1024;

    readonly HttpClient _client = new(Handler(networks, connectTimeout ?? TimeSpan.FromSeconds(4)))
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestHeaders = { { "User-Agent", "Countersign" } },
    };

    /// <summary>Sends and reads the answer; what is longer than allowed is cut, and so will not parse.</summary>
    /// <exception cref="HttpRequestException">There was no connection: the carrier never had the request.</exception>
    /// <exception cref="TimeoutException">The connection broke later: the carrier may have acted on the request.</exception>
    public async ValueTask<CarrierAnswer> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        try
        {
            return await ExchangeAsync(request, ct);
        }
        catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
        {
            // Nothing but the connection has a time of its own here.
            throw new HttpRequestException(HttpRequestError.ConnectionError, "The carrier did not take the connection in time.", late);
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException { HttpRequestError: not (HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError) })
        {
            throw new TimeoutException("The carrier's answer was lost.", broken);
        }
    }

    async ValueTask<CarrierAnswer> ExchangeAsync(HttpRequestMessage request, CancellationToken ct)
    {
        using (request)
        {
            using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            await using var stream = await response.Content.ReadAsStreamAsync(ct);
            var buffer = new byte[4096];
            using var body = new MemoryStream();
            int read;
            while (body.Length < MaxAnswer && (read = await stream.ReadAsync(buffer, ct)) > 0)
            {
                body.Write(buffer, 0, (int)Math.Min(read, MaxAnswer - body.Length));
            }

            return new CarrierAnswer((int)response.StatusCode, body.ToArray());
        }
    }

    internal static SocketsHttpHandler Handler(CarrierNetworks networks, TimeSpan connectTimeout) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false, // Which address is connected to would be the proxy's matter.
        ConnectTimeout = connectTimeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(5), // So that a carrier's new addresses are found.
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
        MaxResponseHeadersLength = 32,
        ConnectCallback = async (context, ct) => await CarrierSocket.ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, networks, ct),
        ActivityHeadersPropagator = null, // Our trace ids are nothing to a carrier.
    };

    /// <summary>A POST of a form.</summary>
    public static HttpRequestMessage Form(Uri address, IEnumerable<KeyValuePair<string, string>> fields) =>
        new(HttpMethod.Post, address) { Content = new FormUrlEncodedContent(fields) };

    /// <summary>A POST of JSON.</summary>
    public static HttpRequestMessage Json(Uri address, Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            write(json);
        }

        var content = new ByteArrayContent(buffer.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
    }

    public static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    public void Dispose() => _client.Dispose();
}

/// <summary>What a carrier answered.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Body">The body, at most 64 KiB.</param>
readonly record struct CarrierAnswer(int Status, byte[] Body)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The body as a JSON object; an undefined element where it is none.</summary>
    public JsonElement Json()
    {
        var root = VendorJson.Parse(Body);
        return root.ValueKind == JsonValueKind.Object ? root : default;
    }

    public override string ToString() => $"{Status}, {Body.Length} bytes";
}

/// <summary>Reads JSON that may be anything, without throwing.</summary>
static class Lenient
{
    /// <summary>What stands at a path of names and array positions, for example <c>messages.0.id</c>; undefined where nothing does.</summary>
    public static JsonElement At(this JsonElement element, string path)
    {
        foreach (var part in path.Split('.'))
        {
            if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(part, out var member))
            {
                element = member;
            }
            else if (element.ValueKind == JsonValueKind.Array && int.TryParse(part, out var index) && index >= 0 && index < element.GetArrayLength())
            {
                element = element[index];
            }
            else
            {
                return default;
            }
        }

        return element;
    }

    /// <summary>The text or number at a path as text; null where there is none.</summary>
    public static string? TextAt(this JsonElement element, string path)
    {
        var found = element.At(path);
        try
        {
            return found.ValueKind switch
            {
                JsonValueKind.String => found.GetString(),
                JsonValueKind.Number => found.GetRawText(),
                _ => null,
            };
        }
        catch (InvalidOperationException)
        {
            return null; // An escape that stands for half a character.
        }
    }
}
