using Microsoft.AspNetCore.Connections.Features;

namespace Countersign.Server.Api;

/// <summary>
/// Credentials that were found right on this connection before. Kestrel gives the same text again, not a copy, while a connection repeats a header: the same
/// object needs neither decoding nor hashing again, as long as no credential was changed.
/// </summary>
sealed class LetInBefore(string header, int version, Caller caller)
{
    static readonly object Key = new();

    public Caller Caller => caller;

    /// <summary>Whether that header, now, is who was let in then. The object is compared and not its letters, so that time tells nothing of them.</summary>
    public bool Holds(string? presented, int versionNow) => ReferenceEquals(presented, header) && version == versionNow;

    /// <summary>Who was let in last on the connection of a request; null where nobody was, or nothing is remembered.</summary>
    public static LetInBefore? Of(HttpContext context) =>
        ItemsOf(context) is { } items && items.TryGetValue(Key, out var found) ? (LetInBefore?)found : null;

    public static void Remember(HttpContext context, string header, int version, Caller caller)
    {
        if (ItemsOf(context) is { } items)
        {
            items[Key] = new LetInBefore(header, version, caller);
        }
    }

    /// <summary>The connection's own notes, only where it carries one request at a time: they are not safe to share.</summary>
    static IDictionary<object, object?>? ItemsOf(HttpContext context) =>
        HttpProtocol.IsHttp11(context.Request.Protocol) ? context.Features.Get<IConnectionItemsFeature>()?.Items : null;
}
