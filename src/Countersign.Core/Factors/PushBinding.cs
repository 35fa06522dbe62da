namespace Countersign.Core.Factors;

/// <summary>Who carries a push message to the device. The numbers lie in stores.</summary>
public enum PushPlatform
{
    /// <summary>Nobody: the app asks for its challenges by itself.</summary>
    None = 0,

    /// <summary>Apple's service.</summary>
    Apn = 1,

    /// <summary>Google's service.</summary>
    Fcm = 2,
}

/// <summary>What is known of the app on a device.</summary>
public sealed record PushBinding
{
    /// <summary>The public key of the device (P-256), as SubjectPublicKeyInfo in DER.</summary>
    public required byte[] PublicKey { get; init; }

    /// <summary>The app, up to 100 characters.</summary>
    public required string AppId { get; init; }

    public required PushPlatform Platform { get; init; }

    /// <summary>What the device is reached by; null where nobody carries messages to it.</summary>
    public PushToken? Token { get; init; }

    public string? SdkVersion { get; init; }

    /// <summary>What the SDK on the device names its key by when it signs a request.</summary>
    public required Sid CredentialSid { get; init; }
}

/// <summary>What a device is reached by. Personal data: it prints masked.</summary>
public sealed class PushToken(string value)
{
    /// <summary>The token: for sealing, the sender, and the caller's own answers.</summary>
    public string Reveal() => value;

    public override string ToString() => "••••••";
}
