using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using static Countersign.Core.Delivery.CarrierSettingType;

namespace Countersign.Carriers.WhatsApp;

/// <summary>Meta's WhatsApp Cloud API, with an authentication template.</summary>
public sealed class WhatsAppKind : ICarrierKind
{
    public string Name => "whatsapp";

    public string Title => "WhatsApp Cloud API";

    public IReadOnlyList<Channel> Channels { get; } = [Channel.WhatsApp];

    /// <summary>Meta's own limit. After an outage of ours it sends up to 1,000 updates at once, and again and again until they are taken.</summary>
    public int MaxCallback => 3 * 1024 * 1024;

    public IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new("phone_number_id", Text, "The id of the business phone number that sends, from Meta's app dashboard (not the number itself).") { Required = true, Max = 32 },
        new("access_token", Secret, "A system user's token with the permission whatsapp_business_messaging.") { Required = true },
        new("template", Text, "The name of the approved authentication template.") { Required = true, Max = 512 },
        new("language", Text, "The template's language where `languages` has none for the locale.") { Default = "en_US", Max = 16 },
        new("languages", LongText, "Languages by locale, one a line: `sv=sv`, or with a template of its own `pt-BR=login_code_br:pt_BR`."),
        new("button", Choice, "Whether the template has a copy-code or one-tap button, which is given the code too.") { Default = "code", Choices = ["code", "none"] },
        new("app_secret", Secret, "The app's secret, which signs webhooks; without it no receipts are accepted.") { Min = 8 },
        new("verify_token", Secret, "What you typed as the verify token of the webhook, for Meta's one-time check of the address.") { Min = 8 },
        new("api_version", Text, "The version of the Graph API.") { Default = "v23.0", Max = 8 },
        new("base_url", Address, "Where the Graph API is.") { Default = "https://graph.facebook.com" },
    ];

    public IEnumerable<SettingProblem> Check(CarrierSettings settings)
    {
        foreach (var name in (string[])["template", "language"])
        {
            if (!Templates.IsName(settings.Text(name)))
            {
                yield return new SettingProblem(name, "must have letters, digits and underscores only");
            }
        }

        if (Templates.Parse(settings.Find("languages")) is null)
        {
            yield return new SettingProblem("languages", "must have lines of the form `locale=language` or `locale=template:language`, each locale once");
        }

        if (!settings.Text("phone_number_id").All(char.IsAsciiDigit))
        {
            yield return new SettingProblem("phone_number_id", "must have digits only");
        }

        if (settings.Text("api_version") is not ['v', .. var version] || !version.All(c => char.IsAsciiDigit(c) || c == '.'))
        {
            yield return new SettingProblem("api_version", "must look like v23.0");
        }
    }

    public ICarrier Create(CarrierEnvironment environment) => new WhatsAppCarrier(environment);
}
