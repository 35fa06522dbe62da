using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using static Countersign.Core.Delivery.CarrierSettingType;

namespace Countersign.Carriers.GenericHttp;

/// <summary>Any carrier with an HTTP interface, described by settings.</summary>
public sealed class GenericHttpKind : ICarrierKind
{
    public string Name => "http";

    public string Title => "Generic HTTP";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms, Channel.WhatsApp, Channel.Call];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("channel", Choice, "What it sends: the text as an SMS or WhatsApp message, or the code for a call that it makes by itself.") { Default = "sms", Choices = ["sms", "whatsapp", "call"] },
        new("url", Text, "Where messages go. Placeholders may stand in path and query.") { Required = true, Max = 2048, LeadsSecrets = true },
        new("method", Choice, "The HTTP method.") { Default = "POST", Choices = ["POST", "GET", "PUT"] },
        new("headers", LongText, "One header a line, `Name: value`, with placeholders.") { LeadsSecrets = true },
        new("body_type", Choice, "What the body is: it decides how values are escaped.") { Default = "json", Choices = ["json", "form", "xml", "text", "none"] },
        new("body", LongText, "The body, with placeholders; a form as `name={to}&name={text}`.") { Max = 16384, LeadsSecrets = true },
        new("content_type", Text, "The Content-Type, where it is not that of body_type.") { Max = 128 },
        new("secret", Secret, "What {secret} stands for: an API key or token."),
        new("user", Text, "User name of HTTP Basic authentication, which is sent when this is set.") { Max = 256 },
        new("password", Secret, "Password of HTTP Basic authentication."),

        new("success_status", Text, "Which HTTP statuses mean that the message was taken.") { Default = "200-299", Max = 256 },
        new("success_json", Text, "What the answer must say too: `path=value`, or `path=one|another`, for example `messages.0.status=0`.") { Max = 512 },
        new("success_text", Text, "A text that the answer must contain too.") { Max = 512 },
        new("id_json", Text, "Where the answer has the carrier's id of the message, for example `messages.0.id`.") { Max = 256 },
        new("id_pattern", Text, "A regular expression that finds the id in the answer, as its first group.") { Max = 512 },
        new("error_json", Text, "Where the answer to a refused message has the carrier's error code.") { Max = 256 },
        new("error_pattern", Text, "A regular expression that finds the error code, as its first group.") { Max = 512 },
        new("errors", LongText, "What error codes mean, one a line: `code=name` with a name of the error dictionary, for example `21=throttled`; `http_409=…` for a status.") { Max = 16384 },

        new("receipt_protection", Choice, "How receipts prove to be the carrier's; with `off`, none are accepted.") { Default = "off", Choices = ["off", "hmac", "token", "basic"] },
        new("receipt_secret", Secret, "The key of `hmac`, the token of `token`, the password of `basic`.") { Min = 16 },
        new("receipt_user", Text, "The user name of `basic`.") { Max = 256 },
        new("receipt_token_parameter", Text, "The query parameter of `token`. {callback_url} has it.") { Default = "token", Max = 64 },
        new("receipt_hmac_header", Text, "The header that has the HMAC of the body.") { Default = "X-Signature", Max = 128 },
        new("receipt_hmac_algorithm", Choice, "The hash of the HMAC.") { Default = "sha256", Choices = ["sha256", "sha512", "sha1"] },
        new("receipt_hmac_encoding", Choice, "How the HMAC is written.") { Default = "hex", Choices = ["hex", "base64"] },
        new("receipt_hmac_prefix", Text, "What stands before the HMAC, for example `sha256=`.") { Max = 32 },
        new("receipt_format", Choice, "Where receipts have their values.") { Default = "json", Choices = ["json", "form", "query"] },
        new("receipt_list", Text, "In JSON that holds several receipts, where their list is; `.` where the body itself is the list.") { Max = 256 },
        new("receipt_id", Text, "Path or parameter of the carrier's id of the message.") { Max = 256 },
        new("receipt_attempt", Text, "Path or parameter of what {attempt} was.") { Max = 256 },
        new("receipt_status", Text, "Path or parameter of the status.") { Default = "status", Max = 256 },
        new("receipt_error", Text, "Path or parameter of the error code, whose meaning `errors` says.") { Max = 256 },
        new("receipt_statuses", LongText, "What statuses mean, one a line: `value=sent`, `delivered`, `undelivered` or `read`. Others tell nothing.") { Max = 16384 },
    ];

    public IReadOnlyList<Channel> ChannelsOf(CarrierSettings settings) => settings.Text("channel") switch
    {
        "whatsapp" => [Channel.WhatsApp],
        "call" => [Channel.Call],
        _ => [Channel.Sms],
    };

    public IEnumerable<SettingProblem> Check(CarrierSettings settings) => GenericHttpChecks.Run(settings);

    public ICarrier Create(CarrierEnvironment environment) => new GenericHttpCarrier(environment);
}
