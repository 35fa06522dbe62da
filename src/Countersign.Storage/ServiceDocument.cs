using System.Globalization;
using System.Text;
using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Codes;
using Countersign.Core.Guard;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;

namespace Countersign.Storage;

/// <summary>A service's settings as JSON: a row written before a setting existed reads with that setting's default.</summary>
sealed record ServiceDocument
{
    public string FriendlyName { get; set; } = "";

    public int CodeLength { get; set; } = 6;

    public bool LookupEnabled { get; set; }

    public bool Psd2Enabled { get; set; }

    public bool SkipSmsToLandlines { get; set; }

    public bool DtmfInputRequired { get; set; } = true;

    public string? TtsName { get; set; }

    public bool DoNotShareWarningEnabled { get; set; }

    public bool CustomCodeEnabled { get; set; }

    public PushSettings Push { get; set; } = new();

    public TotpSettings Totp { get; set; } = new();

    public WhatsAppSettings WhatsApp { get; set; } = new();

    public PasskeySettings Passkeys { get; set; } = new();

    public string? DefaultTemplateSid { get; set; }

    public bool VerifyEventSubscriptionEnabled { get; set; }

    public int CodeLifetimeSeconds { get; set; } = 600;

    public string? WebOtpHost { get; set; }

    public List<FallbackDocument> Fallback { get; set; } = [];

    public GuardSettings Guard { get; set; } = GuardSettings.Default;

    public static string Write(VerifyService service) => JsonSerializer.Serialize(
        new ServiceDocument
        {
            FriendlyName = service.FriendlyName,
            CodeLength = service.CodeLength,
            LookupEnabled = service.LookupEnabled,
            Psd2Enabled = service.Psd2Enabled,
            SkipSmsToLandlines = service.SkipSmsToLandlines,
            DtmfInputRequired = service.DtmfInputRequired,
            TtsName = service.TtsName,
            DoNotShareWarningEnabled = service.DoNotShareWarningEnabled,
            CustomCodeEnabled = service.CustomCodeEnabled,
            Push = service.Push,
            Totp = service.Totp,
            WhatsApp = service.WhatsApp,
            Passkeys = service.Passkeys,
            DefaultTemplateSid = service.DefaultTemplateSid?.ToString(),
            VerifyEventSubscriptionEnabled = service.VerifyEventSubscriptionEnabled,
            CodeLifetimeSeconds = (int)service.CodeLifetime.TotalSeconds,
            WebOtpHost = service.WebOtpHost,
            Fallback = FallbackDocument.Of(service.Fallback) ?? [],
            Guard = service.Guard,
        },
        StorageJson.Default.ServiceDocument);

    /// <summary>The same, with the settings of a newer version that <paramref name="before"/> has, which is kept now.</summary>
    public static string Write(VerifyService service, string before) => LaterSettings.Keep(Write(service), before, StorageJson.Default.ServiceDocument);

    public static VerifyService Read(Sid sid, Sid account, string json, DateTimeOffset createdAt, DateTimeOffset updatedAt, IReadOnlyDictionary<UInt128, TestNumber> testNumbers)
    {
        var document = JsonSerializer.Deserialize(json, StorageJson.Default.ServiceDocument)!;
        return new VerifyService
        {
            Sid = sid,
            AccountSid = account,
            FriendlyName = document.FriendlyName,
            CodeLength = document.CodeLength,
            LookupEnabled = document.LookupEnabled,
            Psd2Enabled = document.Psd2Enabled,
            SkipSmsToLandlines = document.SkipSmsToLandlines,
            DtmfInputRequired = document.DtmfInputRequired,
            TtsName = document.TtsName,
            DoNotShareWarningEnabled = document.DoNotShareWarningEnabled,
            CustomCodeEnabled = document.CustomCodeEnabled,
            Push = document.Push,
            Totp = document.Totp,
            WhatsApp = document.WhatsApp,
            Passkeys = document.Passkeys,
            DefaultTemplateSid = Sid.TryParse(document.DefaultTemplateSid, "HJ", out var template) ? template : null,
            VerifyEventSubscriptionEnabled = document.VerifyEventSubscriptionEnabled,
            CodeLifetime = TimeSpan.FromSeconds(document.CodeLifetimeSeconds),
            WebOtpHost = document.WebOtpHost,
            Fallback = FallbackDocument.Read(document.Fallback)!,
            Guard = document.Guard,
            TestNumbers = testNumbers,
            CreatedAt = createdAt,
            UpdatedAt = updatedAt,
        };
    }
}

/// <summary>A service's test numbers, sealed as one document: numbers are personal, and a fixed code is a code.</summary>
static class TestNumberDocument
{
    public static byte[]? Seal(Sealer sealer, VerifyService service)
    {
        if (service.TestNumbers.Count == 0)
        {
            return null;
        }

        var entries = service.TestNumbers.ToDictionary(
            entry => entry.Key.ToString("x32", CultureInfo.InvariantCulture),
            entry => new TestNumberEntry { Number = entry.Value.Number.Reveal(), Code = entry.Value.Code.Reveal() });
        return sealer.Seal(
            JsonSerializer.SerializeToUtf8Bytes(entries, StorageJson.Default.DictionaryStringTestNumberEntry),
            Encoding.ASCII.GetBytes(service.Sid.ToString()));
    }

    public static IReadOnlyDictionary<UInt128, TestNumber> Open(Sealer sealer, Sid service, byte[]? sealedBytes)
    {
        if (sealedBytes is null)
        {
            return new Dictionary<UInt128, TestNumber>();
        }

        var plain = sealer.Open(sealedBytes, Encoding.ASCII.GetBytes(service.ToString()));
        return JsonSerializer.Deserialize(plain, StorageJson.Default.DictionaryStringTestNumberEntry)!.ToDictionary(
            entry => UInt128.Parse(entry.Key, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            entry => new TestNumber(PhoneNumber.Restore(entry.Value.Number), new OneTimeCode(entry.Value.Code)));
    }
}

/// <summary>One test number in the sealed document.</summary>
sealed record TestNumberEntry
{
    public required string Number { get; set; }

    public required string Code { get; set; }
}
