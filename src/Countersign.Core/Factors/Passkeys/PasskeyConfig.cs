namespace Countersign.Core.Factors.Passkeys;

/// <summary>Whom a passkey is for and what it is asked for, as it was settled when the factor or the challenge was made.</summary>
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
}
