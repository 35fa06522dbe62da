using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Countersign.Core.Guard;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Tests.Api.Errors;

public sealed class ApiErrorsTests
{
    static readonly TimeSpan Wait = TimeSpan.FromSeconds(3);

    /// <summary>Every error of the table, as the wire shows it.</summary>
    public static TheoryData<string, ApiError, int, int, string, string> Table => new()
    {
        { "Authenticate", ApiErrors.Authenticate(), 401, 20003, "Authenticate", "bad_credentials" },
        { "NotFound", ApiErrors.NotFound("/v2/Services/VA1/VerificationCheck"), 404, 20404, "The requested resource /Services/VA1/VerificationCheck was not found", "not_found" },
        { "NotFound", ApiErrors.NotFound("/Services/VA1", "expired", "why"), 404, 20404, "The requested resource /Services/VA1 was not found", "expired" },
        { "NoSuchPath", ApiErrors.NoSuchPath("/v2/Service"), 404, 20404, "The requested resource /Service was not found", "not_found" },
        { "MethodNotAllowed", ApiErrors.MethodNotAllowed(), 405, 20004, "Method not allowed", "method_not_allowed" },
        { "MethodNotAllowed", ApiErrors.MethodNotAllowed("GET", "POST"), 405, 20004, "Method not allowed", "method_not_allowed" },
        { "BodyTooLarge", ApiErrors.BodyTooLarge(65536), 413, 20413, "Request body too large", "body_too_large" },
        { "UnsupportedMediaType", ApiErrors.UnsupportedMediaType("not_a_form", "e"), 415, 20415, "Unsupported media type", "not_a_form" },
        { "Malformed", ApiErrors.Malformed("e"), 400, 60200, "Invalid parameter: the request cannot be read", "malformed_body" },
        { "PageTokenRequired", ApiErrors.PageTokenRequired(), 400, 20001, "PageToken is required for paging", "page_token_required" },
        { "InvalidParameter", ApiErrors.InvalidParameter("To", "+90533333810", "too_short", "e"), 400, 60200, "Invalid parameter `To`: +90533333810", "too_short" },
        { "MissingParameter", ApiErrors.MissingParameter("To"), 400, 60200, "Invalid parameter `To`", "missing" },
        { "InvalidFriendlyName", ApiErrors.InvalidFriendlyName("a!", "characters", "e"), 400, 60200, "Invalid parameter `FriendlyName`: a!", "characters" },
        { "NeitherToNorSid", ApiErrors.NeitherToNorSid(), 400, 60221, "Either To or VerificationSid is required", "neither_to_nor_sid" },
        { "AmountPayeeRequired", ApiErrors.AmountPayeeRequired(), 400, 60206, "Amount and Payee are required", "amount_payee_required" },
        { "MissingSubstitutions", TemplateErrors.MissingSubstitutions("name"), 400, 60224, "Missing substitutions for template", "missing_substitutions" },
        { "TemplateNotFound", TemplateErrors.TemplateNotFound("HJ1"), 404, 60228, "Template not found", "template_not_found" },
        { "TemplateNotApproved", TemplateErrors.TemplateNotApproved("e"), 400, 60201, "Template translation is not approved", "template_not_approved" },
        { "TranslationExists", TemplateErrors.TranslationExists("en"), 409, 60225, "Translation already exists", "translation_exists" },
        { "ChannelNotInTemplate", TemplateErrors.ChannelNotInTemplate("call", "sms"), 400, 60227, "Channel not supported by template", "channel_not_in_template" },
        { "TranslationNotFound", TemplateErrors.TranslationNotFound("fr"), 404, 60229, "Template translation not found", "translation_not_found" },
        { "TranslationNotDeletable", TemplateErrors.TranslationNotDeletable(), 400, 60332, "The default translation cannot be deleted", "default_translation" },
        { "MessagingConfigurationExists", ApiErrors.MessagingConfigurationExists("CA"), 400, 60213, "Messaging Configuration already exists for this country", "messaging_configuration_exists" },
        { "InvalidEventTypes", ApiErrors.InvalidEventTypes("factor.created", "*"), 400, 60306, "Invalid parameter `EventTypes`", "unknown_event_type" },
        { "MaxRateLimits", ApiErrors.MaxRateLimits(50), 400, 60207, "Max rate limits for service reached", "max_rate_limits" },
        { "RateLimitExists", ApiErrors.RateLimitExists("ip"), 400, 60208, "Rate limit unique name already exists", "rate_limit_exists" },
        { "RateLimitName", ApiErrors.RateLimitName("an ip"), 400, 60209, "Rate limit unique name has an invalid format", "invalid_limit_name" },
        { "MaxBuckets", ApiErrors.MaxBuckets(10), 400, 60210, "Max buckets for rate limit reached", "max_buckets" },
        { "BucketExists", ApiErrors.BucketExists(60), 400, 60211, "Bucket with this interval already exists", "bucket_exists" },
        { "StillInUse", ApiErrors.StillInUse("template_in_use", "e", "VA1"), 409, 20409, "Still in use", "template_in_use" },
        { "RestrictedWord", ApiErrors.RestrictedWord("FriendlyName", "bank"), 400, 60248, "Restricted word in FriendlyName", "restricted_word" },
        { "CustomMessageNotApproved", TemplateErrors.CustomMessageNotApproved(), 400, 60409, "CustomMessage does not match an approved template", "custom_message_not_approved" },
        { "AppHashNotSms", ApiErrors.AppHashNotSms(), 400, 60602, "AppHash is only supported on the sms channel", "app_hash_not_sms" },
        { "FeatureNotEnabled", ApiErrors.FeatureNotEnabled("CustomCodeEnabled"), 403, 60204, "Service does not have this feature enabled", "feature_not_enabled" },
        { "ChannelDisabled", ApiErrors.ChannelDisabled("call"), 400, 60223, "Delivery channel disabled: call", "channel_disabled" },
        { "ChannelNotThere", ApiErrors.ChannelNotThere("sna", "sms"), 400, 60223, "Delivery channel disabled: sna", "channel_disabled" },
        { "NoChannelSelectable", ApiErrors.NoChannelSelectable(), 400, 60550, "No channel can be selected automatically", "no_channel" },
        { "NotForPayments", ApiErrors.NotForPayments("Call"), 400, 60214, "Call channel is not allowed with PSD2", "call_not_for_payments" },
        { "NoVoiceForLocale", ApiErrors.NoVoiceForLocale("kn"), 400, 60331, "Locale has no text-to-speech", "locale_without_voice" },
        { "NotPermitted", ApiErrors.NotPermitted(new Countersign.Core.Accounts.Right("/verify/services/read", false)), 403, 20403, "Forbidden", "not_permitted" },
        { "OperatorOnly", ApiErrors.OperatorOnly(), 403, 20403, "Forbidden", "operator_only" },
        { "CallbackForged", ApiErrors.CallbackForged(), 403, 20403, "The callback's signature is not right", "not_authentic" },
        { "MaxChecks", ApiErrors.MaxChecks(Wait), 429, 60202, "Max check attempts reached", "max_check_attempts" },
        { "MaxChecksInARow", ApiErrors.MaxChecksInARow(Wait), 429, 60202, "Max check attempts reached", "max_check_attempts" },
        { "MaxSends", ApiErrors.MaxSends(Wait), 429, 60203, "Max send attempts reached", "max_send_attempts" },
        { "ConcurrentRequests", ApiErrors.ConcurrentRequests(Wait), 429, 60212, "Too many concurrent requests for phone number", "concurrent_requests" },
        { "TooManyRequests", ApiErrors.TooManyRequests(Wait, "too_many_keys"), 429, 20429, "Too many requests", "too_many_keys" },
        { "Guarded", GuardErrors.Guarded(new GuardRefusal(GuardRefusalKind.RateLimited, "call_limit", "e")), 429, 20429, "Too many requests", "call_limit" },
        { "Guarded", GuardErrors.Guarded(new GuardRefusal(GuardRefusalKind.Concurrent, "concurrent_requests", "e")), 429, 60212, "Too many concurrent requests for phone number", "concurrent_requests" },
        { "Guarded", GuardErrors.Guarded(new GuardRefusal(GuardRefusalKind.UnknownRateLimit, "unknown_rate_limit", "e") { Facts = [new("rate_limit", "ip")] }), 400, 60200, "Invalid parameter `RateLimits`: ip", "unknown_rate_limit" },
        { "Guarded", GuardErrors.Guarded(new GuardRefusal(GuardRefusalKind.GeoDenied, "country_denied", "e")), 403, 60605, "The destination phone number has been blocked by Verify Geo-Permissions", "country_denied" },
        { "Guarded", GuardErrors.Guarded(new GuardRefusal(GuardRefusalKind.LineTypeDenied, "landline", "e")), 403, 60205, "SMS is not supported by landline phone number", "landline" },
        { "Guarded", GuardErrors.Guarded(new GuardRefusal(GuardRefusalKind.Blocked, "block_list", "e")), 403, 60410, "Verification delivery attempt blocked", "block_list" },
        { "Guarded", GuardErrors.Guarded(new GuardRefusal(GuardRefusalKind.LineTypeDenied, "line_type_denied", "e")), 403, 60205, "Messages are not sent to phone numbers of this type", "line_type_denied" },
        { "SafeListed", GuardErrors.SafeListed(), 400, 60411, "Phone number already exists in the Safe List", "already_listed" },
        { "InvalidRequest", FactorErrors.InvalidRequest(ApiErrors.MissingParameter("FriendlyName")), 400, 60306, "Invalid parameter `FriendlyName`", "missing" },
        { "InvalidRequest", FactorErrors.InvalidRequest(ApiErrors.BodyTooLarge(1)), 413, 20413, "Request body too large", "body_too_large" },
        { "AccessTokenInvalid", FactorErrors.AccessTokenInvalid(ApiErrors.MissingParameter("Identity")), 400, 60305, "Invalid parameter `Identity`", "missing" },
        { "EntityExists", FactorErrors.EntityExists(), 409, 60301, "Entity already exists", "entity_exists" },
        { "FactorExists", FactorErrors.FactorExists(), 409, 60317, "Factor already exists", "factor_exists" },
        { "FactorTypeInvalid", FactorErrors.FactorTypeInvalid("totp"), 400, 60369, "Factor type invalid or not provided", "factor_type" },
        { "BadBinding", FactorErrors.BadBinding("Binding.PublicKey"), 400, 60314, "Invalid factor binding", "bad_binding" },
        { "MaxFactors", FactorErrors.MaxFactors(100), 400, 60315, "Max factors per entity reached", "max_factors" },
        { "MaxFactorsToday", FactorErrors.MaxFactorsToday(100, Wait), 429, 60326, "Too many factors created for the entity", "max_factors_today" },
        { "UnauthorizedFactor", FactorErrors.UnauthorizedFactor(), 403, 60313, "Unauthorized factor creation", "token_of_another" },
        { "WrongFactorType", FactorErrors.WrongFactorType("totp"), 400, 60306, "Invalid request", "wrong_factor_type" },
        { "FactorAlreadyVerified", FactorErrors.FactorAlreadyVerified(), 400, 60306, "Invalid request", "already_verified" },
        { "MaxFactorChecks", FactorErrors.MaxFactorChecks(), 429, 60310, "Factor verification attempts reached", "max_factor_checks" },
        { "FactorNotVerified", FactorErrors.FactorNotVerified(), 403, 60311, "Factor verification failed", "wrong_signature" },
        { "FactorUnverified", FactorErrors.FactorUnverified(), 403, 60318, "Factor is unverified", "factor_unverified" },
        { "MaxChallenges", FactorErrors.MaxChallenges(Wait), 429, 60312, "Challenge creation limit reached", "max_challenges" },
        { "FactorLocked", FactorErrors.FactorLocked(), 429, 60312, "Challenge creation limit reached", "factor_locked" },
        { "MaxChallengeChecks", FactorErrors.MaxChallengeChecks(), 429, 60308, "Challenge check attempts reached", "max_challenge_checks" },
        { "ChallengeAnswered", FactorErrors.ChallengeAnswered("approved"), 403, 60322, "Challenge already answered", "challenge_answered" },
        { "ChallengeExpired", FactorErrors.ChallengeExpired(), 403, 60323, "Challenge expired", "challenge_expired" },
        { "ChallengeNotVerified", FactorErrors.ChallengeNotVerified(), 403, 60324, "Challenge verification failed", "wrong_signature" },
        { "MaxNotifications", FactorErrors.MaxNotifications(3), 429, 60309, "Max push notifications per challenge reached", "max_notifications" },
        { "MaxBackupCodeChecks", FactorErrors.MaxBackupCodeChecks(TimeSpan.FromMinutes(15)), 429, 60310, "Backup code check attempts reached", "max_backup_code_checks" },
        { "PasskeyNotVerified", FactorErrors.PasskeyNotVerified("ceremony_invalid", "Why."), 403, 60311, "Factor verification failed", "ceremony_invalid" },
        { "PasskeyNotRight", FactorErrors.PasskeyNotRight("ceremony_invalid", "Why."), 403, 60324, "Challenge verification failed", "ceremony_invalid" },
        { "NoPushPlatform", FactorErrors.NoPushPlatform(), 400, 60307, "Push notifications are not available for the factor", "no_platform" },
        { "Internal", ApiErrors.Internal(), 500, 20500, "Internal server error", "internal_error" },
        { "Internal", ApiErrors.Internal("4bf92f35"), 500, 20500, "Internal server error", "internal_error" },
        { "Unavailable", ApiErrors.Unavailable(Wait), 503, 20503, "Service unavailable", "unavailable" },
    };

    [Theory, MemberData(nameof(Table), DisableDiscoveryEnumeration = true)]
    public void Every_error_has_its_status_code_message_and_reason(string _, ApiError error, int status, int code, string message, string reason)
    {
        var output = new ArrayBufferWriter<byte>();
        error.WriteBody(output, "https://verify.example.com");

        var json = JsonDocument.Parse(Encoding.UTF8.GetString(output.WrittenSpan)).RootElement;
        Assert.Equal(status, error.Status);
        Assert.Equal(status, json.GetProperty("status").GetInt32());
        Assert.Equal(code, json.GetProperty("code").GetInt32());
        Assert.Equal(message, json.GetProperty("message").GetString());
        Assert.Equal($"https://verify.example.com/admin/v1/errors/{code}", json.GetProperty("more_info").GetString());
        Assert.Equal("reason", json.GetProperty("details").EnumerateObject().First().Name);
        Assert.Equal(reason, json.GetProperty("details").GetProperty("reason").GetString());
        Assert.False(json.TryGetProperty("type", out var _), "Newer SDKs take a body with a type for RFC 9457's.");
    }

    [Theory, MemberData(nameof(Table), DisableDiscoveryEnumeration = true)]
    public void Every_error_is_in_the_dictionary_with_its_status_and_every_reason(string _, ApiError error, int status, int code, string message, string reason)
    {
        var entry = ApiErrorEntries.Find(error.Code);

        Assert.NotNull(entry);
        Assert.Equal((status, code), (entry.Status, entry.Code));
        Assert.NotEmpty(message);
        if (entry.Reasons.Count > 0 && reason is not "characters")
        {
            Assert.Contains(entry.Reasons, known => known.Reason == reason);
        }
    }

    [Fact]
    public void The_table_above_forgets_no_error()
    {
        var factories = ((Type[])[typeof(ApiErrors), typeof(FactorErrors), typeof(GuardErrors), typeof(TemplateErrors)])
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)).Select(method => method.Name).Distinct();

        Assert.Equal(factories.Order(), Table.Select(row => row.Data.Item1).Distinct().Order());
    }

    [Theory]
    [InlineData("/v2/Services/VA1/VerificationCheck?To=%2B14155550123", "/Services/VA1/VerificationCheck")]
    [InlineData("/v2/Services#x", "/Services")]
    [InlineData("/v2", "/v2")]
    [InlineData("/v2x/Services", "/v2x/Services")]
    [InlineData("/a\r\nb", "/a\uFFFD\uFFFDb")]
    public void A_resource_is_named_without_version_query_and_controls(string path, string named) =>
        Assert.Equal($"The requested resource {named} was not found", ApiErrors.NotFound(path).Message);

    [Fact]
    public void A_long_value_is_cut_to_64_characters() =>
        Assert.Equal($"Invalid parameter `To`: {new string('9', 63)}…", ApiErrors.InvalidParameter("To", new string('9', 65), "r", "e").Message);

    [Fact]
    public void A_value_of_64_characters_is_not_cut() =>
        Assert.EndsWith(new string('9', 64), ApiErrors.InvalidParameter("To", new string('9', 64), "r", "e").Message);

    [Fact]
    public void A_value_is_not_cut_through_a_surrogate_pair() =>
        Assert.Equal($"Invalid parameter `To`: {new string('9', 62)}…", ApiErrors.InvalidParameter("To", new string('9', 62) + "😀😀", "r", "e").Message);

    [Fact]
    public void What_cannot_be_seen_is_replaced() =>
        Assert.Equal("Invalid parameter `To`: a\uFFFD\uFFFDb\uFFFD\uFFFD", ApiErrors.InvalidParameter("To", "a\r\u001bb\u202e\ud800", "r", "e").Message);

    [Theory]
    [InlineData("Code")]
    [InlineData("CustomCode")]
    [InlineData("AuthPayload")]
    [InlineData("Binding.Secret")]
    public void A_secret_is_never_repeated(string name)
    {
        var error = ApiErrors.InvalidParameter(name, "12345x", "not_digits", "Must be digits.", suggestion: "12345");

        Assert.Equal($"Invalid parameter `{name}`", error.Message);
        Assert.Null(error.Details!["suggestion"]);
    }

    [Fact]
    public void An_invalid_parameter_says_which_why_and_what_instead()
    {
        var details = ApiErrors.InvalidParameter("To", "4155550123", "no_country", "Start with + and the country.", "+14155550123").Details!;

        Assert.Equal("To", details["parameter"]);
        Assert.Equal("Start with + and the country.", details["explanation"]);
        Assert.Equal("+14155550123", details["suggestion"]);
    }
}
