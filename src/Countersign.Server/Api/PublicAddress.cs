namespace Countersign.Server.Api;

/// <summary>
/// The address that the outside world knows us by, for links in answers: the configured one, or what the request says. Forwarded headers count only from
/// configured proxies, which is settled before a request gets here.
/// </summary>
sealed class PublicAddress(Uri? configured)
{
    static readonly PublicAddress Unconfigured = new(null);

    Known? _last;

    readonly string? _configured = configured?.GetLeftPart(UriPartial.Path).TrimEnd('/');

    /// <summary>The same where nobody was handed an address: for errors, which any layer may answer.</summary>
    public static string OfServer(HttpContext context) => (context.RequestServices?.GetService<PublicAddress>() ?? Unconfigured).Of(context.Request);

    /// <summary>Scheme, host and port, without a slash at the end.</summary>
    public string Of(HttpRequest request) => _configured ?? Written(request.Scheme, request.Host.Value ?? "");

    // Callers come by one name, nearly always: the last one is kept written.
    string Written(string scheme, string host)
    {
        if (_last is { } last && last.Scheme == scheme && last.Host == host)
        {
            return last.Address;
        }

        var address = $"{scheme}://{host}";
        _last = new Known(scheme, host, address);
        return address;
    }

    sealed record Known(string Scheme, string Host, string Address);
}
