using Countersign.Core.Registry;

namespace Countersign.Core.Factors;

/// <summary>What an account's push messages are handed to a platform with (CR…). It is made and removed, never changed: whoever remembers a token of it may go by its SID.</summary>
public sealed record PushCredential : IRegistered
{
    /// <summary>Credentials in one account.</summary>
    public const int MaxPerAccount = 20;

    public required Sid Sid { get; init; }

    public required Sid AccountSid { get; init; }

    /// <summary>What an operator calls it, up to 64 characters.</summary>
    public string FriendlyName { get; init; } = "";

    /// <summary>Where messages are posted instead of the platform's own address: scheme, host and port.</summary>
    public string? Host { get; init; }

    public required PushPrivateKey PrivateKey { get; init; }

    /// <summary>Google's part; null for Apple's.</summary>
    public FcmAccount? Fcm { get; init; }

    /// <summary>Apple's part; null for Google's.</summary>
    public ApnKey? Apn { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public PushPlatform Platform => Fcm is not null ? PushPlatform.Fcm : PushPlatform.Apn;

    public string Name => Sid.ToString();

    public RegistryBound? Bound => new("", MaxPerAccount);
}

/// <summary>What is not secret of a service account at Google.</summary>
public sealed record FcmAccount
{
    /// <summary>Where Google gives access tokens, which is also what an assertion is made out to.</summary>
    public const string GoogleTokens = "https://oauth2.googleapis.com/token";

    public required string ProjectId { get; init; }

    public required string ClientEmail { get; init; }

    public string? KeyId { get; init; }

    public string TokenUri { get; init; } = GoogleTokens;
}

/// <summary>What is not secret of a key for Apple's push service.</summary>
public sealed record ApnKey
{
    public required string KeyId { get; init; }

    public required string TeamId { get; init; }

    /// <summary>The app that messages are for (apns-topic).</summary>
    public required string BundleId { get; init; }

    /// <summary>Whether the app was built for development.</summary>
    public bool Sandbox { get; init; }
}
