using System.Net;

namespace Countersign.Core.Delivery.Receipts;

/// <summary>A request that claims to come from a carrier, as it came: signatures are made over exact bytes. It prints without its contents.</summary>
public sealed class CallbackRequest
{
    /// <summary>Upper-case HTTP method.</summary>
    public required string Method { get; init; }

    /// <summary>The address as the carrier called it from outside: scheme, host, path and query exactly as sent, as most signatures cover it.</summary>
    public required string Url { get; init; }

    /// <summary>What stands behind the carrier's own callback address, for example <c>/voice</c>; empty for nothing.</summary>
    public required string Rest { get; init; }

    /// <summary>The headers, names in any case; several of one name joined by a comma and a space.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>At most what its kind takes (<see cref="ICarrierKind.MaxCallback"/>). Not to be kept: it is let go of when the carrier has read it.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    public required DateTimeOffset Now { get; init; }

    /// <summary>A header; null where there is none.</summary>
    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>The query, decoded, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Query
    {
        get
        {
            var start = Url.IndexOf('?', StringComparison.Ordinal);
            return start < 0 ? [] : Decode(Url[(start + 1)..]);
        }
    }

    /// <summary>The body as <c>application/x-www-form-urlencoded</c>, decoded, in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Form => Decode(System.Text.Encoding.UTF8.GetString(Body.Span));

    public override string ToString() => $"{Method} callback of {Body.Length} bytes";

    static List<KeyValuePair<string, string>> Decode(string text)
    {
        var pairs = new List<KeyValuePair<string, string>>();
        foreach (var part in text.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            pairs.Add(equals < 0
                ? new(WebUtility.UrlDecode(part), "")
                : new(WebUtility.UrlDecode(part[..equals]), WebUtility.UrlDecode(part[(equals + 1)..])));
        }

        return pairs;
    }
}
