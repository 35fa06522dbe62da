using Countersign.Core.Codes;

namespace Countersign.Core.Services;

/// <summary>
/// One application's settings (VA…), named as in the Verify v2 specification; what Twilio keeps out of its API stands at the end.
/// A setting that an older row does not have takes its default.
/// </summary>
public sealed record VerifyService
{
    public required Sid Sid { get; init; }

    public required Sid AccountSid { get; init; }

    /// <summary>1 to 30 characters: letters, digits, spaces, dashes and underscores, with four digits at most.</summary>
    public required string FriendlyName { get; init; }

    /// <summary>Digits in a code, 4 to 10. Default 6.</summary>
    public int CodeLength { get; init; } = 6;

    public bool LookupEnabled { get; init; }

    public bool Psd2Enabled { get; init; }

    public bool SkipSmsToLandlines { get; init; }

    public bool DtmfInputRequired { get; init; } = true;

    public string? TtsName { get; init; }

    public bool DoNotShareWarningEnabled { get; init; }

    public bool CustomCodeEnabled { get; init; }

    public PushSettings Push { get; init; } = new();

    public TotpSettings Totp { get; init; } = new();

    public WhatsAppSettings WhatsApp { get; init; } = new();

    public PasskeySettings Passkeys { get; init; } = new();

    public Sid? DefaultTemplateSid { get; init; }

    public bool VerifyEventSubscriptionEnabled { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>How long a code is good for after each send, 2 minutes to 24 hours. Default 10 minutes (NIST SP 800-63B allows no more).</summary>
    public TimeSpan CodeLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The host that a WebOTP line binds codes to, so that browsers fill them in there only; null for no such line.</summary>
    public string? WebOtpHost { get; init; }

    /// <summary>The channels that a code goes on to by itself, unless a request brings its own plan; empty for none.</summary>
    public IReadOnlyList<Verifications.FallbackStep> Fallback { get; init; } = [];

    /// <summary>What Guard refuses, and how strictly.</summary>
    public Guard.GuardSettings Guard { get; init; } = Countersign.Core.Guard.GuardSettings.Default;

    /// <summary>Numbers with a fixed code that never reach a carrier, by destination index. At most 100.</summary>
    public IReadOnlyDictionary<UInt128, TestNumber> TestNumbers { get; init; } = new Dictionary<UInt128, TestNumber>();
}

/// <summary>A number for the caller's own tests.</summary>
/// <param name="Number">The number in E.164, personal data like any other.</param>
/// <param name="Code">The code that it always gets.</param>
public sealed record TestNumber(Numbers.PhoneNumber Number, OneTimeCode Code);

/// <summary>Push factor settings.</summary>
public sealed record PushSettings
{
    public bool IncludeDate { get; init; }

    public string? ApnCredentialSid { get; init; }

    public string? FcmCredentialSid { get; init; }
}

/// <summary>Defaults of TOTP factors; null where the factor's own default holds.</summary>
public sealed record TotpSettings
{
    /// <summary>The name that an authenticator app shows; null for the friendly name.</summary>
    public string? Issuer { get; init; }

    /// <summary>Seconds a code stands, 20 to 60.</summary>
    public int? TimeStep { get; init; }

    /// <summary>Digits, 3 to 8.</summary>
    public int? CodeLength { get; init; }

    /// <summary>Steps of clock difference that are accepted, 0 to 2.</summary>
    public int? Skew { get; init; }
}

/// <summary>WhatsApp sender settings.</summary>
public sealed record WhatsAppSettings
{
    public string? MsgServiceSid { get; init; }

    public string? From { get; init; }
}

/// <summary>Passkey (WebAuthn) settings.</summary>
public sealed record PasskeySettings
{
    public string? RelyingPartyId { get; init; }

    public string? RelyingPartyName { get; init; }

    public IReadOnlyList<string>? RelyingPartyOrigins { get; init; }

    /// <summary><c>platform</c>, <c>cross-platform</c>, <c>any</c>, empty or null.</summary>
    public string? AuthenticatorAttachment { get; init; }

    /// <summary><c>required</c>, <c>preferred</c>, <c>discouraged</c>, empty or null.</summary>
    public string? DiscoverableCredentials { get; init; }

    /// <summary><c>required</c>, <c>preferred</c>, <c>discouraged</c>, empty or null.</summary>
    public string? UserVerification { get; init; }
}
