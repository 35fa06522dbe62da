namespace Countersign.Server.Api.Forms;

/// <summary>
/// The names that requests are made of, so that reading one costs no string. A name that is missing here works as well,
/// it only costs its string; nothing is accepted or refused by this list.
/// </summary>
static class KnownNames
{
    static readonly (byte[] Utf8, string Text)[][] ByLength = Group(
        // Verifications and checks
        "To", "Channel", "Code", "VerificationSid", "CustomFriendlyName", "CustomMessage", "SendDigits", "Locale", "CustomCode",
        "Amount", "Payee", "RateLimits", "ChannelConfiguration", "AppHash", "TemplateSid", "TemplateCustomSubstitutions",
        "DeviceIp", "Challenge", "EnableSnaClientToken", "RiskCheck", "Tags", "Status", "SnaClientToken",
        "DeviceUserAgent", "DeviceFingerprint", "AccountCreatedAt", "PreviousNumber",
        // Lists
        "PageSize", "Page", "PageToken", "Order", "DateCreatedAfter", "DateCreatedBefore", "ChannelData.To", "Country",
        "VerifyServiceSid", "DestinationPrefix", "FriendlyName",
        // Services, limits, configurations
        "CodeLength", "LookupEnabled", "SkipSmsToLandlines", "DtmfInputRequired", "TtsName", "Psd2Enabled", "DoNotShareWarningEnabled",
        "CustomCodeEnabled", "DefaultTemplateSid", "UniqueName", "Description", "Max", "Interval", "MessagingServiceSid", "PhoneNumber",
        // Factors and challenges
        "Identity", "FactorType", "FactorSid", "AuthPayload", "Binding.Secret", "Binding.Alg", "Binding.PublicKey", "Config.Alg",
        "Config.CodeLength", "Config.Skew", "Config.TimeStep", "Config.AppId", "Config.NotificationPlatform", "Config.NotificationToken",
        "Config.SdkVersion", "Metadata", "ExpirationDate", "Details.Message", "Details.Fields", "HiddenDetails",
        // Lookup
        "Fields", "CountryCode");

    /// <summary>The name whose ASCII bytes these are, or null if it is not listed or is percent-encoded.</summary>
    public static string? Find(ReadOnlySpan<byte> name)
    {
        if ((uint)name.Length < (uint)ByLength.Length)
        {
            foreach (var (utf8, text) in ByLength[name.Length])
            {
                if (name.SequenceEqual(utf8))
                {
                    return text;
                }
            }
        }

        return null;
    }

    static (byte[], string)[][] Group(params string[] names) =>
        [.. Enumerable.Range(0, names.Max(name => name.Length) + 1).Select(length =>
            names.Where(name => name.Length == length).Select(name => (System.Text.Encoding.UTF8.GetBytes(name), name)).ToArray())];
}
