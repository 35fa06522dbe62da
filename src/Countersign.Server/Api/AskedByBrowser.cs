using Microsoft.Net.Http.Headers;

namespace Countersign.Server.Api;

/// <summary>Whether the caller would rather have HTML than JSON: a browser names it, curl and SDKs do not.</summary>
static class AskedByBrowser
{
    public static bool Is(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted) && Quality(accepted, "text/html") > Quality(accepted, "application/json");

    static double Quality(IList<MediaTypeHeaderValue> accepted, string type)
    {
        // Of all ranges that match only the most specific one counts (RFC 9110, 12.5.1).
        var wanted = new MediaTypeHeaderValue(type);
        return accepted.Where(range => wanted.IsSubsetOf(range))
            .OrderBy(range => range.MatchesAllTypes ? 2 : range.MatchesAllSubTypes ? 1 : 0)
            .Select(range => range.Quality ?? 1)
            .FirstOrDefault();
    }
}
