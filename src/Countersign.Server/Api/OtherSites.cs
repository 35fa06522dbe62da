namespace Countersign.Server.Api;

/// <summary>
/// Tells requests that a browser makes for another site's page: the credentials that it remembers for this server must not be used by it. Programs say neither of what is looked at here.
/// </summary>
static class OtherSites
{
    /// <summary>
    /// Whether another site's page asks. By <c>Sec-Fetch-Site</c> (Fetch Metadata), where a sibling in the same domain counts as another; where a browser does not send it, as to plain http,
    /// by <c>Origin</c> (RFC 6454), which must be this server's.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="own">The address that this server is known by.</param>
    public static bool Ask(HttpRequest request, PublicAddress own)
    {
        string? site = request.Headers["Sec-Fetch-Site"], origin = request.Headers.Origin;
        if (site is not null)
        {
            return site is not ("same-origin" or "none");
        }

        return origin is not null && !IsOwn(origin, request, own);
    }

    /// <summary>The host that was asked for, and the configured one. A proxy may end TLS in front, so that http and https are not told apart.</summary>
    static bool IsOwn(string origin, HttpRequest request, PublicAddress own) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var asking)
        && (asking.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)
            || (Uri.TryCreate(own.Of(request), UriKind.Absolute, out var known) && known.Authority.Equals(asking.Authority, StringComparison.OrdinalIgnoreCase)));
}
