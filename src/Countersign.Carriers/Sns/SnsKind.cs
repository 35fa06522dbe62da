using System.Text.RegularExpressions;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using static Countersign.Core.Delivery.CarrierSettingType;

namespace Countersign.Carriers.Sns;

/// <summary>AWS: End User Messaging SMS (with receipts), or plain SNS (without).</summary>
public sealed partial class SnsKind : ICarrierKind
{
    /// <summary>The setting <c>api</c> for SNS's Publish.</summary>
    internal const string Plain = "sns";

    /// <summary>The setting <c>api</c> for End User Messaging's SendTextMessage.</summary>
    internal const string EndUserMessaging = "sms-voice";

    public string Name => "aws";

    public string Title => "AWS End User Messaging SMS and SNS";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.Sms];

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("api", Choice, "`sms-voice` for End User Messaging (SendTextMessage), `sns` for SNS (Publish), which has no receipts.") { Default = EndUserMessaging, Choices = [EndUserMessaging, Plain] },
        new("region", Text, "The region, for example eu-west-1.") { Required = true, Max = 32 },
        new("access_key_id", Text, "The id of an access key that may do sms-voice:SendTextMessage or sns:Publish.") { Required = true, Max = 128 },
        new("secret_access_key", Secret, "The access key's secret.") { Required = true },
        new("session_token", Secret, "The session token of temporary keys."),
        new("configuration_set", Text, "The configuration set whose event destination reports what became of messages (sms-voice only).") { Max = 256 },
        new("max_price", Text, "The most that one message may cost, in US dollars, for example 0.25; for sms-voice with a point in it (1.00).") { Max = 8 },
        .. IndiaDlt.Settings,
        new("topic_arn", Text, "The SNS topic of the event destination; only its notifications are receipts.") { Max = 256 },
        new("signing_certificate", LongText, "The certificate (PEM) that SNS signs with, from the notifications' SigningCertURL; without it and topic_arn no receipts are accepted.") { Max = 16384 },
        new("base_url", Address, "Where the API is, where it is not https://sms-voice.<region>.amazonaws.com or https://sns.<region>.amazonaws.com."),
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings)
    {
        if (!settings.Text("region").All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
        {
            yield return new SettingProblem("region", "must look like eu-west-1");
        }

        if (settings.Find("max_price") is { } price)
        {
            if (Money.Price(price) is null)
            {
                yield return new SettingProblem("max_price", "must be a number of dollars such as 0.25");
            }
            else if (settings.Text("api") == EndUserMessaging && !MaxPrice().IsMatch(price))
            {
                yield return new SettingProblem("max_price", "must be dollars with a point and one to five digits behind it, such as 1.00, for api sms-voice: AWS refuses every message otherwise");
            }
        }

        foreach (var problem in IndiaDlt.Check(settings))
        {
            yield return problem;
        }

        if (settings.Find("configuration_set") is not null && settings.Text("api") == Plain)
        {
            yield return new SettingProblem("configuration_set", "is only for api sms-voice");
        }

        if (settings.Find("topic_arn") is { } topic && !topic.StartsWith("arn:aws", StringComparison.Ordinal))
        {
            yield return new SettingProblem("topic_arn", "must look like arn:aws:sns:eu-west-1:123456789012:receipts");
        }

        if ((settings.Find("topic_arn") is null) != (settings.Find("signing_certificate") is null))
        {
            yield return new SettingProblem("signing_certificate", "and topic_arn are needed together: AWS signs everyone's topics with the same certificate");
        }

        if (settings.Find("signing_certificate") is { } pem && SigningKey.Load(pem) is null)
        {
            yield return new SettingProblem("signing_certificate", "must be a PEM with an RSA certificate or public key");
        }
    }

    public ICarrier Create(CarrierEnvironment environment) => new SnsCarrier(environment);

    /// <summary>SendTextMessage's MaxPrice, which has 2 to 8 characters.</summary>
    [GeneratedRegex(@"\A[0-9]{0,2}\.[0-9]{1,5}\z")]
    private static partial Regex MaxPrice();
}
