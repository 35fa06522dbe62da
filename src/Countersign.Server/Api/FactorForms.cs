using System.Text;
using System.Text.Json;
using Countersign.Core.Factors;
using Countersign.Core.Services;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Reads what factors are made of and changed to.</summary>
static class FactorForms
{
    const int MaxKey = 512, MaxSecret = 256;

    static readonly (string Name, TotpAlgorithm Value)[] Algorithms = [("sha1", TotpAlgorithm.Sha1), ("sha256", TotpAlgorithm.Sha256), ("sha512", TotpAlgorithm.Sha512)];
    static readonly (string Name, PushPlatform Value)[] Platforms = [("apn", PushPlatform.Apn), ("fcm", PushPlatform.Fcm), ("none", PushPlatform.None)];

    public static string NameOf(TotpAlgorithm algorithm) => Array.Find(Algorithms, one => one.Value == algorithm).Name;

    public static string NameOf(PushPlatform platform) => Array.Find(Platforms, one => one.Value == platform).Name;

    /// <summary>What a TOTP factor is to have: what is said, or the service's own default, or the usual one.</summary>
    public static TotpBinding Totp(FormBinder binder, TotpSettings defaults, Core.RandomSource random)
    {
        TotpSecret? secret = null;
        if (binder.Text("Binding.Secret", 1, MaxSecret) is { } text && (secret = TotpCodes.Parse(text)) is null)
        {
            binder.Invalid("Binding.Secret", null, "not_base32", $"Must be Base32 of {TotpSecret.MinBytes} to {TotpSecret.MaxBytes} bytes: letters A to Z and digits 2 to 7.");
        }

        return new TotpBinding
        {
            Secret = secret ?? TotpCodes.NewSecret(random),
            Algorithm = binder.Choice("Config.Alg", Algorithms) ?? TotpAlgorithm.Sha1,
            CodeLength = CodeLength(binder) ?? defaults.CodeLength ?? 6,
            TimeStep = TimeStep(binder) ?? defaults.TimeStep ?? 30,
            Skew = Skew(binder) ?? defaults.Skew ?? 1,
        };
    }

    /// <summary>What a push factor is to have. A key that is none, or of another kind, is the binding's own error.</summary>
    public static PushBinding Push(FormBinder binder)
    {
        var algorithm = binder.RequiredText("Binding.Alg", 1, 16);
        var text = binder.RequiredText("Binding.PublicKey", 1, MaxKey);
        var appId = binder.RequiredText("Config.AppId", 1, FactorLimits.MaxAppId);
        var platform = binder.Choice("Config.NotificationPlatform", Platforms);
        if (platform is null && binder.Error is null)
        {
            binder.Fail(ApiErrors.MissingParameter("Config.NotificationPlatform"));
        }

        var token = platform == PushPlatform.None ? null : Token(binder);
        if (platform is PushPlatform.Apn or PushPlatform.Fcm && token is null && binder.Error is null)
        {
            binder.Fail(ApiErrors.MissingParameter("Config.NotificationToken"));
        }

        var version = SdkVersion(binder);
        var key = Key(text);
        if (binder.Error is null && (algorithm != "ES256" || key is null || !DeviceSignature.IsKey(key)))
        {
            binder.Fail(FactorErrors.BadBinding(algorithm != "ES256" ? "Binding.Alg" : "Binding.PublicKey"));
        }

        return new PushBinding { PublicKey = key ?? [], AppId = appId, Platform = platform ?? PushPlatform.None, Token = token, SdkVersion = version, CredentialSid = default };
    }

    public static UpdateFactorCommand Update(FormBinder binder, EntityKey key, Core.Sid factor) => new()
    {
        Key = key,
        FactorSid = factor,
        AuthPayload = binder.Text("AuthPayload", ChallengeLimits.MinCode, ChallengeLimits.MaxSignedAnswer),
        FriendlyName = FriendlyName(binder),
        Algorithm = binder.Choice("Config.Alg", Algorithms),
        CodeLength = CodeLength(binder),
        TimeStep = TimeStep(binder),
        Skew = Skew(binder),
        Token = Token(binder),
        Platform = binder.Choice("Config.NotificationPlatform", Platforms),
        SdkVersion = SdkVersion(binder),
    };

    public static string? FriendlyName(FormBinder binder) => binder.Text("FriendlyName", 1, FactorLimits.MaxFriendlyName);

    /// <summary>A JSON object of texts, as JSON; null for none.</summary>
    public static string? Metadata(FormBinder binder) => TextMap(binder, "Metadata", FactorLimits.MaxMetadata);

    /// <summary>A JSON object of texts, written anew: what else a value is, an SDK on a phone could not read.</summary>
    public static string? TextMap(FormBinder binder, string name, int most)
    {
        if (binder.Text(name, 1, most) is null || binder.JsonMap(name, most, most, most) is not { } map)
        {
            return null;
        }

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var (member, value) in map)
            {
                json.WriteString(member, value);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    static int? CodeLength(FormBinder binder) => binder.Integer("Config.CodeLength", 3, 8);

    static int? TimeStep(FormBinder binder) => binder.Integer("Config.TimeStep", 20, 60);

    static int? Skew(FormBinder binder) => binder.Integer("Config.Skew", 0, 2);

    static string? SdkVersion(FormBinder binder) => binder.Text("Config.SdkVersion", 1, FactorLimits.MaxAppId);

    static PushToken? Token(FormBinder binder) => binder.Text("Config.NotificationToken", FactorLimits.MinToken, FactorLimits.MaxToken) is { } token ? new PushToken(token) : null;

    static byte[]? Key(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var written) ? bytes[..written] : null;
    }
}
