using System.Collections.Frozen;

namespace Countersign.Server.Api.Errors;

/// <summary>
/// Every error that the API answers with, and nowhere else: Twilio's status, code and message where Twilio has one, and always a
/// <c>details.reason</c>. The codes are Twilio's own but for 20415, which follows their pattern.
/// Grouped by who has to act: the request as a whole, one parameter, the service's configuration, too much of something, us. Those of templates, of Guard and of factors have files
/// of their own: <see cref="TemplateErrors"/>, <see cref="GuardErrors"/>, <see cref="FactorErrors"/>.
/// </summary>
public static class ApiErrors
{
    const int MaxEchoedPath = 256;

    /// <summary>Characters of a value that a message repeats.</summary>
    internal const int MaxEchoedValue = 64;

    // What these carry is a secret, buys an approval, or is a person's; an error body ends up in the caller's logs.
    static readonly FrozenSet<string> SecretParameters = FrozenSet.Create(
        "Code", "Challenge", "CustomCode", "CustomMessage", "AuthPayload", "DeviceFingerprint", "DeviceUserAgent", "PreviousNumber", "Binding.Secret", "Config.NotificationToken", "SnaClientToken");

    /// <summary>
    /// 401/20003. The reasons <c>missing_credentials</c> and <c>bad_credentials</c> are all that a caller is told who has not got right ones; <c>cross_site</c> says nothing of them, and <c>account_not_active</c> is for who has.
    /// </summary>
    public static ApiError Authenticate(string reason = "bad_credentials") => new(401, 20003, "Authenticate")
    {
        Details = Explained(reason, reason == "account_not_active"
            ? "The credentials are right. The account is suspended or closed: ask whoever runs this server."
            : reason == "cross_site"
            ? "A browser asks for this on behalf of another site's page (Sec-Fetch-Site: cross-site). Call it from your server: a page would have to hold the credentials."
            : "Send HTTP Basic credentials: the Account SID (AC…) and its Auth Token, or an API key (SK…) and its secret."),
    };

    /// <summary>403/20403: the key may not do this. Null for what only the Auth Token and main keys may do without a name.</summary>
    public static ApiError NotPermitted(Core.Accounts.Right? right) => new(403, 20403, "Forbidden")
    {
        Details = right is { IsForMainKeys: false }
            ? Explained("not_permitted", "The key's policy does not allow this.").With("permission", right.Name)
            : Explained("not_permitted", "Only the Auth Token and main keys may do this."),
    };

    /// <summary>403/20403: what only the account that the server was set up with may do.</summary>
    public static ApiError OperatorOnly() => new(403, 20403, "Forbidden")
    {
        Details = Explained("operator_only", "Only the server's first account may do this."),
    };

    /// <summary>
    /// 404/20404 with Twilio's message. The path loses its <c>/v2</c> and its query, which may hold what nobody should repeat. Without an explanation of its own it says
    /// which part of the path there is none of: the service, or what is below it.
    /// </summary>
    public static ApiError NotFound(string resourcePath, string reason = "not_found", string? explanation = null) =>
        new(404, 20404, $"The requested resource {ResourcePath(resourcePath)} was not found")
        {
            Details = Explained(reason, explanation ?? NotFoundText.OfResource(resourcePath)),
        };

    /// <summary>404/20404: no route has this path, whoever asks.</summary>
    public static ApiError NoSuchPath(string path) => NotFound(path, explanation: NotFoundText.OfPath(path));

    /// <summary>405/20004. The methods that the path does answer to, if known, are listed under <c>details.allowed</c>.</summary>
    public static ApiError MethodNotAllowed(params string[] allowed) => new(405, 20004, "Method not allowed")
    {
        Details = allowed.Length == 0
            ? Explained("method_not_allowed", "The path does not answer to this method.")
            : Explained("method_not_allowed", $"The path answers to {string.Join(", ", allowed)}.").With("allowed", allowed),
    };

    /// <summary>413/20413.</summary>
    public static ApiError BodyTooLarge(int maxBytes) => new(413, 20413, "Request body too large")
    {
        Details = Explained("body_too_large", $"The body may have {maxBytes} bytes.").With("max_bytes", maxBytes),
    };

    /// <summary>415/20415: not a form, a charset other than UTF-8, or a compressed body.</summary>
    public static ApiError UnsupportedMediaType(string reason, string explanation) =>
        new(415, 20415, "Unsupported media type") { Details = Explained(reason, explanation) };

    /// <summary>400/60200: the body or query cannot be read at all, so no parameter can be named.</summary>
    public static ApiError Malformed(string explanation, string reason = "malformed_body") =>
        new(400, 60200, "Invalid parameter: the request cannot be read") { Details = Explained(reason, explanation) };

    /// <summary>400/20001, as Twilio answers a page by its number alone.</summary>
    public static ApiError PageTokenRequired() => new(400, 20001, "PageToken is required for paging")
    {
        Details = Explained("page_token_required", "A page has no place by its number. Follow next_page_url from the first page on: it has the token. Page=0, or none, is the first page.").With("parameter", "PageToken"),
    };

    /// <summary>
    /// 400/60200 with Twilio's message, such as <c>Invalid parameter `To`: +90533333810</c>. The value is cut to 64 characters and cleaned;
    /// a secret's value and suggestion are left out.
    /// </summary>
    public static ApiError InvalidParameter(string name, string? value, string reason, string explanation, string? suggestion = null)
    {
        var secret = SecretParameters.Contains(name);
        var details = ErrorDetails.For(reason).With("parameter", EchoedText.Of(name, MaxEchoedValue)).With("explanation", explanation);
        return new(400, 60200, InvalidMessage(name, secret ? null : value))
        {
            Details = suggestion is null || secret ? details : details.With("suggestion", suggestion),
        };
    }

    /// <summary>400/60200: a required parameter was not sent, or sent empty.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="sent">What was sent instead, in other letters; null for nothing of the kind.</param>
    public static ApiError MissingParameter(string name, string? sent = null) => InvalidParameter(
        name, null, "missing", $"{EchoedText.Of(name, MaxEchoedValue)} is required{(sent is null ? "" : $"; {sent} was sent, and capital letters count")}.");

    /// <summary>400/60221.</summary>
    public static ApiError NeitherToNorSid() => new(400, 60221, "Either To or VerificationSid is required")
    {
        Details = Explained("neither_to_nor_sid", "Send the number or address that was verified as To, or the VE… SID that starting the verification returned."),
    };

    /// <summary>400/60206: the service is a PSD2 one, so the transaction must be named.</summary>
    public static ApiError AmountPayeeRequired() => new(400, 60206, "Amount and Payee are required")
    {
        Details = Explained("amount_payee_required", "This service has PSD2 enabled: send the same Amount and Payee to start and to check a verification."),
    };

    /// <summary>400/60213.</summary>
    public static ApiError MessagingConfigurationExists(string country) => new(400, 60213, "Messaging Configuration already exists for this country")
    {
        Details = Explained("messaging_configuration_exists", "Change it with POST to …/MessagingConfigurations/{Country}.").With("country", country),
    };

    /// <summary>409/20409: something else uses it; <paramref name="users"/> are some of those that do.</summary>
    public static ApiError StillInUse(string reason, string explanation, params string[] users) => new(409, 20409, "Still in use")
    {
        Details = Explained(reason, explanation).With("used_by", users),
    };

    /// <summary>400/60306: a webhook subscribes to something that does not happen; <paramref name="known"/> are the names that there are.</summary>
    public static ApiError InvalidEventTypes(params string[] known) => new(400, 60306, "Invalid parameter `EventTypes`")
    {
        Details = Explained("unknown_event_type", "Repeat EventTypes for each event. details.known has the names; * is what Twilio's webhooks have: factors and challenges.")
            .With("parameter", "EventTypes").With("known", known),
    };

    /// <summary>400/60207.</summary>
    public static ApiError MaxRateLimits(int max) => new(400, 60207, "Max rate limits for service reached")
    {
        Details = Explained("max_rate_limits", "Delete a rate limit that is no longer used.").With("max", max),
    };

    /// <summary>400/60208.</summary>
    public static ApiError RateLimitExists(string uniqueName) => new(400, 60208, "Rate limit unique name already exists")
    {
        Details = Explained("rate_limit_exists", "The service has a rate limit of this name. Add a bucket to it, or choose another name.").With("rate_limit", EchoedText.Of(uniqueName, MaxEchoedValue)),
    };

    /// <summary>400/60209.</summary>
    public static ApiError RateLimitName(string uniqueName) => new(400, 60209, "Rate limit unique name has an invalid format")
    {
        Details = Explained("invalid_limit_name", "A UniqueName has 1 to 64 letters, digits, dashes, underscores and dots.").With("parameter", "UniqueName")
            .With("unique_name", EchoedText.Of(uniqueName, MaxEchoedValue)),
    };

    /// <summary>400/60210.</summary>
    public static ApiError MaxBuckets(int max) => new(400, 60210, "Max buckets for rate limit reached")
    {
        Details = Explained("max_buckets", "Delete a bucket that is no longer used, or change it.").With("max", max),
    };

    /// <summary>400/60211.</summary>
    public static ApiError BucketExists(int interval) => new(400, 60211, "Bucket with this interval already exists")
    {
        Details = Explained("bucket_exists", "The rate limit has a bucket of this interval. Change its Max instead.").With("interval", interval),
    };

    /// <summary>400/60248: a service's name holds a word that its messages must not claim.</summary>
    public static ApiError RestrictedWord(string parameter, string word) => new(400, 60248, "Restricted word in FriendlyName")
    {
        Details = ErrorDetails.For("restricted_word").With("parameter", parameter).With("word", EchoedText.Of(word, MaxEchoedValue)),
    };

    /// <summary>400/60200 for a service's <c>FriendlyName</c>.</summary>
    public static ApiError InvalidFriendlyName(string value, string reason, string explanation) =>
        InvalidParameter("FriendlyName", value, reason, explanation);

    /// <summary>400/60602.</summary>
    public static ApiError AppHashNotSms() => new(400, 60602, "AppHash is only supported on the sms channel")
    {
        Details = ErrorDetails.For("app_hash_not_sms").With("parameter", "AppHash"),
    };

    /// <summary>403/60204. The feature is named as the parameter that switches it on, such as <c>CustomCodeEnabled</c>.</summary>
    public static ApiError FeatureNotEnabled(string feature) => new(403, 60204, "Service does not have this feature enabled")
    {
        Details = Explained("feature_not_enabled", $"Update the service with {feature}=true.").With("feature", feature),
    };

    /// <summary>400/60223: no carrier serves the channel; <paramref name="open"/> are those that can be used.</summary>
    public static ApiError ChannelDisabled(string channel, params string[] open) => new(400, 60223, $"Delivery channel disabled: {channel}")
    {
        Details = ErrorDetails.For("channel_disabled").With("channel", channel).With("explanation", open.Length == 0
            ? $"No carrier here serves {channel} for this destination. Configure one with PUT /admin/v1/carriers/{{name}}, or see whether {RouteAtFault(channel)}; test numbers and numbers for fiction need the virtual phones (Countersign:Sandbox:Enabled=true)."
            : $"No carrier takes {channel} to this destination. Open channels: {string.Join(", ", open)}. If a carrier is configured for {channel}, see whether {RouteAtFault(channel)}.").With("channels", open),
    };

    static string RouteAtFault(string channel) =>
        $"a route closes it by naming only carriers that are switched off, gone or of another channel: GET /admin/v1/route-plan?to=…&channel={channel}, and &service_sid=… for a service's own route";

    /// <summary>400/60223: a channel of Twilio's that this server does not have, whatever carriers are set up.</summary>
    public static ApiError ChannelNotThere(string channel, params string[] there) => new(400, 60223, $"Delivery channel disabled: {channel}")
    {
        Details = ErrorDetails.For("channel_disabled").With("channel", channel)
            .With("explanation", $"Countersign has no channel {channel}, whatever carriers are configured. There are: {string.Join(", ", there)}.").With("channels", there),
    };

    /// <summary>400/60550: the channel was left to us, and there is none to choose.</summary>
    public static ApiError NoChannelSelectable() => new(400, 60550, "No channel can be selected automatically")
    {
        Details = Explained("no_channel", "No configured carrier serves this destination on any channel. Configure one: PUT /admin/v1/carriers/{name}, or see whether routes name only carriers that are switched off, gone or of another channel: GET /admin/v1/route-plan?to=…&channel=…."),
    };

    /// <summary>400/60214: what the channel says names no payment. <paramref name="channel"/>: Call, or WhatsApp.</summary>
    public static ApiError NotForPayments(string channel) => new(400, 60214, $"{channel} channel is not allowed with PSD2")
    {
        Details = Explained(channel == "Call" ? "call_not_for_payments" : "whatsapp_not_for_payments", "This service has PSD2 enabled. Send the code by sms or email, which name amount and payee."),
    };

    /// <summary>400/60331: the locale that was asked for has no words to be spoken.</summary>
    public static ApiError NoVoiceForLocale(string locale) => new(400, 60331, "Locale has no text-to-speech")
    {
        Details = Explained("locale_without_voice", "Calls cannot be made in this locale. Leave Locale out to have it chosen by the number's country.").With("locale", EchoedText.Of(locale, MaxEchoedValue)),
    };

    /// <summary>403/20403: a callback is not proven to be a carrier's: no such carrier here, or not its signature. Which, is in the log. Nothing was changed.</summary>
    public static ApiError CallbackForged() => new(403, 20403, "The callback's signature is not right")
    {
        Details = Explained("not_authentic", "Check the address, the carrier's signing secret, and that Countersign:PublicUrl is the address that the carrier calls. The server's log says what was wrong."),
    };

    /// <summary>429/60202: too many wrong codes. A new verification is the way on, at once or after a wait.</summary>
    public static ApiError MaxChecks(TimeSpan? retryAfter = null) => new(429, 60202, "Max check attempts reached")
    {
        Details = Explained("max_check_attempts", "The five guesses of this verification are used up. Start a new one when retry_after has passed."),
        RetryAfter = retryAfter,
    };

    /// <summary>429/60202 of a start: so many wrong codes were typed one after another that the destination waits, whichever of its verifications they were for.</summary>
    public static ApiError MaxChecksInARow(TimeSpan? retryAfter) => MaxChecks(retryAfter) with
    {
        Details = Explained("max_check_attempts", "Too many wrong codes in a row were typed for this destination, over its verifications. Start a new one when retry_after has passed."),
    };

    /// <summary>429/60203: too many sends to this destination while its verification lives.</summary>
    public static ApiError MaxSends(TimeSpan? retryAfter = null) => new(429, 60203, "Max send attempts reached")
    {
        Details = Explained("max_send_attempts", "Check the code, cancel the verification, or wait until it expires."),
        RetryAfter = retryAfter,
    };

    /// <summary>429/60212: another request for the same destination is being worked on.</summary>
    public static ApiError ConcurrentRequests(TimeSpan? retryAfter = null) => new(429, 60212, "Too many concurrent requests for phone number")
    {
        Details = ErrorDetails.For("concurrent_requests"),
        RetryAfter = retryAfter,
    };

    /// <summary>429/20429: the caller itself is too fast, whatever the destination.</summary>
    public static ApiError TooManyRequests(TimeSpan? retryAfter, string reason) =>
        new(429, 20429, "Too many requests") { Details = ErrorDetails.For(reason), RetryAfter = retryAfter };

    /// <summary>500/20500. The trace id finds the log line; nothing else about the failure is told.</summary>
    public static ApiError Internal(string? traceId = null) => new(500, 20500, "Internal server error")
    {
        Details = traceId is null ? ErrorDetails.For("internal_error") : ErrorDetails.For("internal_error").With("trace_id", traceId),
    };

    /// <summary>503/20503: overloaded, starting or stopping; nothing was done.</summary>
    public static ApiError Unavailable(TimeSpan retryAfter, string reason = "unavailable") =>
        new(503, 20503, "Service unavailable") { Details = Explained(reason, UnavailableText.Of(reason)), RetryAfter = retryAfter };

    static string InvalidMessage(string name, string? value) => value is null
        ? $"Invalid parameter `{EchoedText.Of(name, MaxEchoedValue)}`"
        : $"Invalid parameter `{EchoedText.Of(name, MaxEchoedValue)}`: {EchoedText.Of(value, MaxEchoedValue)}";

    /// <summary>A reason, and the sentence that goes with it.</summary>
    internal static ErrorDetails Explained(string reason, string? explanation)
    {
        var details = ErrorDetails.For(reason);
        return explanation is null ? details : details.With("explanation", explanation);
    }

    static string ResourcePath(string path)
    {
        var end = path.AsSpan().IndexOfAny('?', '#');
        var bare = end < 0 ? path : path[..end];
        if (bare.StartsWith("/v2/", StringComparison.Ordinal))
        {
            bare = bare["/v2".Length..];
        }

        return EchoedText.Of(bare, MaxEchoedPath);
    }
}
