namespace Countersign.Core.Factors.Passkeys;

/// <summary>What is kept of a passkey once it was registered. Nothing of it is secret: the private key never leaves the authenticator.</summary>
public sealed record PasskeyCredential
{
    /// <summary>The authenticator's own name for it, up to 1,023 bytes.</summary>
    public required byte[] Id { get; init; }

    /// <summary>The public key in COSE.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>How often it has signed, as far as the authenticator counts; 0 for one that does not.</summary>
    public uint SignCount { get; init; }

    /// <summary>How the authenticator is reached, as the browser said: <c>internal</c>, <c>hybrid</c>, <c>usb</c> …</summary>
    public IReadOnlyList<string> Transports { get; init; } = [];

    /// <summary>Whether it may be copied to other devices. Never changes.</summary>
    public bool BackupEligible { get; init; }

    /// <summary>Whether it was copied.</summary>
    public bool BackedUp { get; init; }

    /// <summary>Whether the person was verified when it was made.</summary>
    public bool UserVerified { get; init; }
}
