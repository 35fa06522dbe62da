using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Guard;
using Countersign.Core.Guard.Geo;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>Things to put into a store.</summary>
static class Given
{
    public static readonly Sid Account = Sid.Parse("AC0123456789abcdef0123456789abcdef", "AC");
    public static readonly Sid Service = Sid.Parse("VA0123456789abcdef0123456789abcdef", "VA");
    public static readonly Sid OtherService = Sid.Parse("VAfedcba9876543210fedcba9876543210", "VA");

    public static readonly RandomSource Random = new ReplayedRandom(11);

    /// <summary>The index value that stands for a destination in these tests.</summary>
    public static UInt128 Destination(int number) => ((UInt128)0xfeed_face_cafe_beef << 64) + (UInt128)(number + 1);

    public static PhoneNumber Number(int number) => PhoneNumber.Restore($"+447700900{number % 1000:D3}");

    public static SendAttempt Attempt(DateTimeOffset at) => new(Sid.NewOrdered("VL", at, Random), at, Channel.Sms);

    /// <summary>A verification that was just started, of <see cref="Destination"/>: its SID carries the shard.</summary>
    public static Verification Verification(int number, DateTimeOffset now, Sid? service = null) => new()
    {
        Sid = Sid.NewOrdered("VE", now, Random, VerificationStep.ShardOf(service ?? Service, Destination(number))),
        ServiceSid = service ?? Service,
        AccountSid = Account,
        To = Number(number),
        Status = VerificationStatus.Pending,
        Channel = Channel.Sms,
        CreatedAt = now,
        UpdatedAt = now,
        ExpiresAt = now.AddMinutes(10),
        Checks = 0,
        Code = Seed(),
        Details = new VerificationDetails(),
        Attempts = [Attempt(now)],
    };

    /// <summary>A service of an account, with every setting other than its default.</summary>
    public static VerifyService FullService(Sid sid) => new()
    {
        Sid = sid,
        AccountSid = Account,
        FriendlyName = "Owl & Söhne",
        CodeLength = 8,
        LookupEnabled = true,
        Psd2Enabled = true,
        SkipSmsToLandlines = true,
        DtmfInputRequired = false,
        TtsName = "Polly",
        DoNotShareWarningEnabled = true,
        CustomCodeEnabled = true,
        Push = new PushSettings { IncludeDate = true, ApnCredentialSid = "CRa", FcmCredentialSid = "CRf" },
        Totp = new TotpSettings { Issuer = "Owl", TimeStep = 20, CodeLength = 8, Skew = 0 },
        WhatsApp = new WhatsAppSettings { MsgServiceSid = "MG1", From = "whatsapp:+14155550100" },
        Passkeys = new PasskeySettings
        {
            RelyingPartyId = "owl.example",
            RelyingPartyName = "Owl",
            RelyingPartyOrigins = ["https://owl.example", "https://www.owl.example"],
            AuthenticatorAttachment = "",
            DiscoverableCredentials = "required",
            UserVerification = "preferred",
        },
        DefaultTemplateSid = Sid.Parse("HJ0123456789abcdef0123456789abcdef", "HJ"),
        VerifyEventSubscriptionEnabled = true,
        CodeLifetime = TimeSpan.FromHours(24),
        WebOtpHost = "owl.example",
        Guard = new GuardSettings
        {
            Geo = new GeoTable { Default = new(GeoRule.Allow, GeoRule.Watch, GeoRule.Allow), Countries = new Dictionary<string, GeoRules> { ["SL"] = GeoRules.All(GeoRule.Deny) } },
            DeniedLineTypes = [LineType.Voip, LineType.TollFree],
            Risk = new Core.Guard.Risk.RiskSettings(Core.Guard.Risk.RiskMode.Enforce, 0, 33, 66),
        },
        TestNumbers = new Dictionary<UInt128, TestNumber>
        {
            [Destination(1)] = new(Number(1), new OneTimeCode("770077")),
            [UInt128.MaxValue] = new(Number(2), new OneTimeCode("0000")),
        },
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening.AddMilliseconds(1),
    };

    static CodeSeed Seed()
    {
        var nonce = new byte[16];
        Random.Fill(nonce);
        return new CodeSeed { KeyId = 1, Nonce = nonce, Length = 6 };
    }
}
