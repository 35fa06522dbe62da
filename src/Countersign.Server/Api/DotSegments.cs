namespace Countersign.Server.Api;

/// <summary>
/// The segments <c>.</c> and <c>..</c> of a path (RFC 3986, 5.2.4). The server would take them out before it looks which resource is meant: an application that puts a person's name for
/// itself into a path, <c>..</c>, would then have deleted its service and not the person. Most clients take them out themselves before they send: what is left is a path that ends in a slash,
/// which is also what an empty name leaves.
/// </summary>
static class DotSegments
{
    /// <summary>Whether a request's target ends in a slash before its query, behind more than one name.</summary>
    public static bool AreLeftOut(ReadOnlySpan<char> target) => PathOf(target) is var path && path.EndsWith('/') && path.TrimEnd('/').LastIndexOf('/') > 0;

    /// <summary>Whether a request's target has one before its query, also with <c>%2e</c> for the dot.</summary>
    public static bool Has(ReadOnlySpan<char> target)
    {
        var path = PathOf(target);
        for (var slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/'))
        {
            path = path[(slash + 1)..];
            if (path.Length > 0 && path[0] is '.' or '%' && IsDots(path))
            {
                return true;
            }
        }

        return false;
    }

    static ReadOnlySpan<char> PathOf(ReadOnlySpan<char> target)
    {
        var query = target.IndexOf('?');
        return query < 0 ? target : target[..query];
    }

    static bool IsDots(ReadOnlySpan<char> path)
    {
        var dots = 0;
        while (path.Length > 0 && path[0] != '/')
        {
            var length = path[0] == '.' ? 1 : path.StartsWith("%2e", StringComparison.OrdinalIgnoreCase) ? 3 : 0;
            if (length == 0)
            {
                return false;
            }

            path = path[length..];
            dots++;
        }

        return dots is 1 or 2;
    }
}
