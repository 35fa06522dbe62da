using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Messages;
using Countersign.Core.Numbers;

namespace Countersign.Core.Tests.Messages;

/// <summary>A request as most tests want it: English, to a number of nowhere.</summary>
static class Requests
{
    public static MessageRequest New(
        string friendlyName = "Acme",
        string code = "482915",
        string to = "+14155550100",
        string? locale = null,
        bool doNotShare = false,
        string? appHash = null,
        string? webOtpHost = null,
        string? amount = null,
        string? payee = null,
        MessageTemplate? template = null,
        Dictionary<string, string>? substitutions = null,
        bool brandless = false) => new()
        {
            FriendlyName = friendlyName,
            Code = new OneTimeCode(code),
            To = new PlainDestination(to),
            Locale = locale,
            Brandless = brandless,
            DoNotShare = doNotShare,
            AppHash = appHash,
            WebOtpHost = webOtpHost,
            Amount = amount,
            Payee = payee,
            Template = template,
            Substitutions = substitutions,
        };

    public static MessageTemplate Template(string english) => Template("en", ("en", english));

    public static MessageTemplate Template(string defaultLocale, params (string Locale, string Text)[] texts)
    {
        var result = MessageTemplate.Create("Test", texts.Select(t => KeyValuePair.Create(t.Locale, t.Text)), defaultLocale, [Channel.Sms]);
        return Assert.IsType<MessageTemplateResult.Valid>(result).Template;
    }

    sealed class PlainDestination(string value) : Destination
    {
        public override string Country => "ZZ";

        public override string Reveal() => value;

        public override string ToString() => "masked";
    }
}
