using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

/// <summary>Every route of the API that reads parameters, with every parameter and a value that it accepts.</summary>
static class ApiRoutes
{
    public const string SomeVerification = "VE00000000000000000000000000000000";

    const string Person = RunningServer.ServicePath + "/Entities/sweep-0001";

    static readonly (string Name, string Value)[] ServiceFields =
    [
        ("FriendlyName", "Sweep"), ("CodeLength", "6"), ("LookupEnabled", "true"), ("SkipSmsToLandlines", "true"), ("DtmfInputRequired", "true"), ("TtsName", "Acme"),
        ("Psd2Enabled", "false"), ("DoNotShareWarningEnabled", "true"), ("CustomCodeEnabled", "true"), ("Push.IncludeDate", "true"),
        ("Push.ApnCredentialSid", "CR00000000000000000000000000000000"), ("Push.FcmCredentialSid", "CR00000000000000000000000000000000"),
        ("Totp.Issuer", "Acme"), ("Totp.TimeStep", "30"), ("Totp.CodeLength", "6"), ("Totp.Skew", "1"),
        ("DefaultTemplateSid", "HJ00000000000000000000000000000000"), ("Whatsapp.MsgServiceSid", "MG00000000000000000000000000000000"), ("Whatsapp.From", "whatsapp:+14155550100"),
        ("Passkeys.RelyingParty.Id", "example.com"), ("Passkeys.RelyingParty.Name", "Acme"), ("Passkeys.RelyingParty.Origins", "https://example.com"),
        ("Passkeys.AuthenticatorAttachment", "any"), ("Passkeys.DiscoverableCredentials", "required"), ("Passkeys.UserVerification", "required"),
        ("VerifyEventSubscriptionEnabled", "true"),
    ];

    public static readonly ApiRoute[] Forms =
    [
        new("/v2/Services", ServiceFields),
        new(RunningServer.ServicePath, ServiceFields),
        new(RunningServer.ServicePath + "/Verifications",
        [
            ("To", "+14155550100"), ("Channel", "sms"), ("CustomFriendlyName", "Acme"), ("CustomMessage", "text"), ("SendDigits", "ww1"), ("Locale", "en"), ("CustomCode", "246810"),
            ("Amount", "EUR 10"), ("Payee", "Acme"), ("RateLimits", """{"a":"b"}"""), ("ChannelConfiguration", "{}"), ("AppHash", "FA+9qCX9VSu"),
            ("TemplateSid", "HJ00000000000000000000000000000000"), ("TemplateCustomSubstitutions", """{"a":"b"}"""), ("DeviceIp", "203.0.113.7"), ("EnableSnaClientToken", "false"),
            ("RiskCheck", "enable"), ("Tags", """{"a":"b"}"""), ("Challenge", "e30="),
            ("DeviceUserAgent", "Mozilla/5.0"), ("DeviceFingerprint", "f1"), ("AccountCreatedAt", "2026-03-01T12:00:00Z"),
            ("PreviousNumber", "+14155550101"),
        ]),
        new($"{RunningServer.ServicePath}/Verifications/{SomeVerification}", [("Status", "canceled")]),
        new(RunningServer.ServicePath + "/MessagingConfigurations", [("Country", "CA"), ("MessagingServiceSid", "MG00000000000000000000000000000000")]),
        new(RunningServer.ServicePath + "/MessagingConfigurations/CA", [("MessagingServiceSid", "MG00000000000000000000000000000000")]),
        new(RunningServer.ServicePath + "/RateLimits", [("UniqueName", "sweep"), ("Description", "text")]),
        new(RunningServer.ServicePath + "/Webhooks", [("FriendlyName", "sweep"), ("EventTypes", "*"), ("WebhookUrl", "https://hook.example/"), ("Status", "enabled"), ("Version", "v2")]),
        new("/v2/SafeList/Numbers", [("PhoneNumber", "+14155550100")]),
        new(RunningServer.ServicePath + "/Entities", [("Identity", "sweep-0001")], 60306),
        new(Person + "/Factors",
        [
            ("FriendlyName", "Sweep"), ("FactorType", "totp"), ("Metadata", "{}"), ("Binding.Secret", "GEZDGNBVGY3TQOJQ"), ("Config.Alg", "sha1"), ("Config.TimeStep", "30"),
            ("Config.CodeLength", "6"), ("Config.Skew", "1"),
        ], 60306),
        new(Person + "/Factors",
        [
            ("FriendlyName", "Sweep"), ("FactorType", "push"), ("Metadata", "{}"), ("Binding.Alg", "ES256"), ("Binding.PublicKey", "MFkw"), ("Config.AppId", "a"),
            ("Config.NotificationPlatform", "fcm"), ("Config.NotificationToken", "0123456789abcdef0123456789abcdef"), ("Config.SdkVersion", "1"),
        ], 60306),
        new(Person + "/Factors/YF00000000000000000000000000000000",
        [
            ("AuthPayload", "123456"), ("FriendlyName", "Sweep"), ("Config.Alg", "sha1"), ("Config.TimeStep", "30"), ("Config.CodeLength", "6"), ("Config.Skew", "1"),
            ("Config.NotificationToken", "0123456789abcdef0123456789abcdef"), ("Config.NotificationPlatform", "fcm"), ("Config.SdkVersion", "1"),
        ], 60306),
        new(Person + "/Challenges",
        [
            ("FactorSid", "YF00000000000000000000000000000000"), ("ExpirationDate", "2026-03-01T12:05:00Z"), ("Details.Message", "Hi"), ("HiddenDetails", "{}"), ("AuthPayload", "123456"),
        ], 60306),
        new(Person + "/Challenges/YC00000000000000000000000000000000", [("AuthPayload", "123456"), ("Metadata", "{}")], 60306),
        new(Person + "/Challenges/YC00000000000000000000000000000000/Notifications", [("Ttl", "300")], 60306),
        new(RunningServer.ServicePath + "/AccessTokens", [("Identity", "sweep-0001"), ("FactorType", "push"), ("FactorFriendlyName", "Sweep"), ("Ttl", "60")], 60305),
        new(RunningServer.ServicePath + "/VerificationCheck",
        [
            ("Code", "123456"), ("To", "+14155550100"), ("VerificationSid", SomeVerification), ("Amount", "EUR 10"), ("Payee", "Acme"), ("SnaClientToken", "token"),
        ]),
    ];

    public static readonly ApiRoute[] Queries =
    [
        new("/v2/Services", [("PageSize", "50"), ("Page", "0"), ("PageToken", "PAMQ")]),
        new("/v2/PhoneNumbers/+14155550100", [("Fields", "line_type_intelligence"), ("CountryCode", "US")]),
        new("/v2/Templates", [("FriendlyName", "Acme"), ("PageSize", "50"), ("Page", "0"), ("PageToken", "PAMQ")]),
        new(RunningServer.ServicePath + "/RateLimits", [("PageSize", "50"), ("Page", "0"), ("PageToken", "PAMQ")]),
        new(RunningServer.ServicePath + "/Webhooks", [("PageSize", "50"), ("Page", "0"), ("PageToken", "PAMQ")]),
        new("/admin/v1/events", [("Status", "dead"), ("Receiver", "YW00000000000000000000000000000000"), ("PageSize", "50"), ("Page", "0"), ("PageToken", "PAMQ")]),
        new(RunningServer.ServicePath + "/MessagingConfigurations", [("PageSize", "50"), ("Page", "0"), ("PageToken", "PAMQ")]),
        new("/v2/Attempts",
        [
            ("DateCreatedAfter", "2026-02-01T00:00:00Z"), ("DateCreatedBefore", "2026-03-01T00:00:00Z"), ("ChannelData.To", "+14155550100"), ("Country", "US"), ("Channel", "sms"),
            ("VerifyServiceSid", RunningServer.ServiceSid), ("VerificationSid", SomeVerification), ("Status", "converted"), ("PageSize", "50"), ("Page", "0"),
            ("PageToken", "PA00000000000000000000000000000001"),
        ]),
        new("/v2/Attempts/Summary",
        [
            ("VerifyServiceSid", RunningServer.ServiceSid), ("DateCreatedAfter", "2026-02-01T00:00:00Z"), ("DateCreatedBefore", "2026-03-01T00:00:00Z"), ("Country", "US"),
            ("Channel", "sms"), ("DestinationPrefix", "+1415"),
        ]),
        new(RunningServer.ServicePath + "/Entities", [("PageSize", "50"), ("Page", "0"), ("PageToken", "PAMQ")]),
        new(Person + "/Factors", [("PageSize", "50"), ("Page", "0"), ("PageToken", "PAMQ")]),
        new(Person + "/Challenges",
            [("FactorSid", "YF00000000000000000000000000000000"), ("Status", "pending"), ("Order", "asc"), ("PageSize", "50"), ("Page", "0"), ("PageToken", "PAMQ")]),
        new("/sandbox/messages", [("to", "+14155550100"), ("limit", "50")]),
    ];

    /// <summary>All paths, with the methods that they answer to.</summary>
    public static readonly (string Path, string[] Methods)[] Methods =
    [
        ("/v2/Services", ["GET", "POST"]),
        (RunningServer.ServicePath, ["DELETE", "GET", "POST"]),
        (RunningServer.ServicePath + "/Verifications", ["POST"]),
        ($"{RunningServer.ServicePath}/Verifications/{SomeVerification}", ["GET", "POST"]),
        (RunningServer.ServicePath + "/VerificationCheck", ["POST"]),
        ($"/challenges/{RunningServer.ServiceSid}/solutions", ["OPTIONS", "POST"]),
        ("/v2/Attempts", ["GET"]),
        ("/v2/Attempts/Summary", ["GET"]),
        ("/v2/Attempts/VL00000000000000000000000000000000", ["GET"]),
        ("/v2/Templates", ["GET"]),
        (RunningServer.ServicePath + "/MessagingConfigurations", ["GET", "POST"]),
        (RunningServer.ServicePath + "/MessagingConfigurations/CA", ["DELETE", "GET", "POST"]),
        (RunningServer.ServicePath + "/RateLimits", ["GET", "POST"]),
        (RunningServer.ServicePath + "/RateLimits/RK00000000000000000000000000000000", ["DELETE", "GET", "POST"]),
        (RunningServer.ServicePath + "/RateLimits/RK00000000000000000000000000000000/Buckets", ["GET", "POST"]),
        (RunningServer.ServicePath + "/RateLimits/RK00000000000000000000000000000000/Buckets/BL00000000000000000000000000000000", ["DELETE", "GET", "POST"]),
        (RunningServer.ServicePath + "/Webhooks", ["GET", "POST"]),
        (RunningServer.ServicePath + "/Webhooks/YW00000000000000000000000000000000", ["DELETE", "GET", "POST"]),
        ("/admin/v1/webhooks/YW00000000000000000000000000000000", ["GET"]),
        ("/admin/v1/webhooks/YW00000000000000000000000000000000/secret", ["POST"]),
        ("/admin/v1/webhooks/YW00000000000000000000000000000000/test", ["POST"]),
        ("/admin/v1/sinks", ["GET", "POST"]),
        ("/admin/v1/sinks/DG00000000000000000000000000000000", ["DELETE", "GET", "POST"]),
        ("/admin/v1/sinks/DG00000000000000000000000000000000/secret", ["POST"]),
        ("/admin/v1/sinks/DG00000000000000000000000000000000/test", ["POST"]),
        ("/admin/v1/push-credentials", ["GET", "POST"]),
        ("/admin/v1/push-credentials/CR00000000000000000000000000000000", ["DELETE", "GET"]),
        ("/admin/v1/events", ["GET"]),
        ("/admin/v1/events/EV00000000000000000000000000000001", ["DELETE", "GET"]),
        ("/admin/v1/events/EV00000000000000000000000000000001/redeliver", ["POST"]),
        (RunningServer.ServicePath + "/Entities", ["GET", "POST"]),
        (Person, ["DELETE", "GET"]),
        (Person + "/Factors", ["GET", "POST"]),
        (Person + "/Factors/YF00000000000000000000000000000000", ["DELETE", "GET", "POST"]),
        (Person + "/Challenges", ["GET", "POST"]),
        (Person + "/Challenges/YC00000000000000000000000000000000", ["GET", "POST"]),
        (Person + "/Challenges/YC00000000000000000000000000000000/Notifications", ["POST"]),
        (RunningServer.ServicePath + "/AccessTokens", ["POST"]),
        (RunningServer.ServicePath + "/AccessTokens/YK00000000000000000000000000000000", ["GET"]),
        ("/v2/Forms/form-push", ["GET"]),
        (RunningServer.ServicePath + "/Passkeys/Factors", ["POST"]),
        (RunningServer.ServicePath + "/Passkeys/VerifyFactor", ["POST"]),
        (RunningServer.ServicePath + "/Passkeys/Challenges", ["POST"]),
        (RunningServer.ServicePath + "/Passkeys/ApproveChallenge", ["POST"]),
        (RunningServer.ServicePath + "/Entities/somebody-1/BackupCodes", ["DELETE", "GET", "POST"]),
        (RunningServer.ServicePath + "/Entities/somebody-1/BackupCodes/Check", ["POST"]),
        ("/v2/PhoneNumbers/+14155550100", ["GET"]),
        ("/v2/SafeList/Numbers", ["POST"]),
        ("/v2/SafeList/Numbers/+14155550100", ["DELETE", "GET"]),
        ("/admin/v1/geo-permissions", ["GET", "PUT"]),
        ("/admin/v1/geo-permissions/DE", ["DELETE", "PUT"]),
        ($"/admin/v1/services/{RunningServer.ServiceSid}/geo-permissions", ["GET", "PUT"]),
        ($"/admin/v1/services/{RunningServer.ServiceSid}/geo-permissions/DE", ["DELETE", "PUT"]),
        ("/admin/v1/safe-list", ["GET", "POST"]),
        ("/admin/v1/safe-list/+14155550100", ["DELETE"]),
        ("/admin/v1/block-list", ["GET", "POST"]),
        ("/admin/v1/block-list/+14155550100", ["DELETE"]),
        ("/admin/v1/templates", ["GET", "POST"]),
        ("/admin/v1/templates/HJ00000000000000000000000000000000", ["DELETE", "GET"]),
        ("/admin/v1/templates/HJ00000000000000000000000000000000/translations", ["POST"]),
        ("/admin/v1/templates/HJ00000000000000000000000000000000/translations/en", ["DELETE", "PUT"]),
        ("/admin/v1/templates/HJ00000000000000000000000000000000/translations/en/approve", ["POST"]),
        ("/admin/v1/messaging-services", ["GET"]),
        ("/admin/v1/messaging-services/MG00000000000000000000000000000000", ["DELETE", "GET", "PUT"]),
        ("/admin/v1/keys", ["GET", "POST"]),
        ("/admin/v1/keys/SK00000000000000000000000000000000", ["DELETE", "GET", "POST"]),
        ("/admin/v1/accounts", ["GET", "POST"]),
        ("/admin/v1/accounts/AC00000000000000000000000000000000", ["GET", "POST"]),
        ("/admin/v1/accounts/AC00000000000000000000000000000000/auth-token/secondary", ["DELETE", "POST"]),
        ("/admin/v1/accounts/AC00000000000000000000000000000000/auth-token/promote", ["POST"]),
        ("/admin/v1/services/" + RunningServer.ServiceSid, ["GET", "POST"]),
        ($"/admin/v1/services/{RunningServer.ServiceSid}/limits", ["GET", "POST"]),
        ($"/admin/v1/services/{RunningServer.ServiceSid}/test-numbers", ["GET"]),
        ($"/admin/v1/services/{RunningServer.ServiceSid}/test-numbers/+14155550100", ["DELETE", "PUT"]),
        ("/sandbox/messages", ["GET"]),
        ("/sandbox/rules", ["DELETE", "GET", "PUT"]),
    ];
}

/// <summary>A path, what it reads, and the code of the error where that is wrong.</summary>
sealed record ApiRoute(string Path, (string Name, string Value)[] Fields, int Invalid = 60200);
