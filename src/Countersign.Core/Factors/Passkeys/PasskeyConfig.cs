namespace Countersign.Core.Factors.Passkeys;

/// <summary>
/// Whom a passkey is for and what it is asked for: of a challenge as it was settled when that was made, of a factor as far as its request said so, and
/// <see cref="Under"/> the service's settings for the rest.
/// </summary>
public sealed record PasskeyConfig
{
    /// <summary>The host that passkeys are bound to, such as <c>example.com</c>; its subdomains may use them too.</summary>
    public required string RelyingPartyId { get; init; }

    /// <summary>What the browser shows.</summary>
    public required string RelyingPartyName { get; init; }

    /// <summary>Where ceremonies may come from: pages' origins, or <c>android:apk-key-hash:…</c> for an app. At least one.</summary>
    public required IReadOnlyList<string> Origins { get; init; }

    /// <summary><c>platform</c>, <c>cross-platform</c> or <c>any</c>.</summary>
    public string Attachment { get; init; } = "any";

    /// <summary><c>required</c>, <c>preferred</c> or <c>discouraged</c>.</summary>
    public string Discoverable { get; init; } = "preferred";

    /// <summary>
    /// <c>required</c>, <c>preferred</c> or <c>discouraged</c>: whether the authenticator must see that it is the right person (a PIN, a finger). Only <c>required</c> refuses.
    /// </summary>
    public string UserVerification { get; init; } = "preferred";

    /// <summary>The factor's request named the origins; else they are the service's, which may have others since. Null where a server of before made it, which did not say.</summary>
    public bool? HasOwnOrigins { get; init; }

    /// <summary>The factor's request said whether to verify the person; else the service's settings do. Null as above.</summary>
    public bool? HasOwnUserVerification { get; init; }

    /// <summary>
    /// What holds of a passkey today: what its own request said, and for the rest what the service's <paramref name="settings"/> say now. Those of another relying party, or none, say
    /// nothing of it. Settings that cannot be are not none: nobody asks this under them.
    /// </summary>
    public PasskeyConfig Under(PasskeyConfig? settings) => settings is null || settings.RelyingPartyId != RelyingPartyId ? this : this with
    {
        Origins = HasOwnOrigins switch { true => Origins, false => settings.Origins, null => [.. Origins.Union(settings.Origins)] },
        UserVerification = HasOwnUserVerification ?? UserVerification == "required" ? UserVerification : settings.UserVerification,
    };
}
