using Countersign.Core.Delivery;
using static Countersign.Core.Delivery.CarrierSettingType;

namespace Countersign.Carriers;

/// <summary>
/// India's register of senders and texts (DLT): the networks there drop what comes from a registered sender without the numbers of the sender and of the text. They go along with
/// messages to India alone.
/// </summary>
sealed record IndiaDlt(string EntityId, string TemplateId)
{
    const string Entity = "india_entity_id", Template = "india_template_id", CallingCode = "+91";

    public static IReadOnlyList<CarrierSetting> Settings { get; } =
    [
        new(Entity, Text, "For messages to India: the principal entity's id in the DLT register. Goes with india_template_id.") { Max = 32 },
        new(Template, Text, "For messages to India: the id of the registered text, which the words must match. Goes with india_entity_id.") { Max = 32 },
    ];

    public static IEnumerable<SettingProblem> Check(CarrierSettings settings)
    {
        if (settings.Find(Entity) is null != settings.Find(Template) is null)
        {
            yield return new SettingProblem(settings.Find(Entity) is null ? Entity : Template, $"{Entity} and {Template} go together");
        }

        foreach (var name in (string[])[Entity, Template])
        {
            if (settings.Find(name) is { } id && !id.All(char.IsAsciiLetterOrDigit))
            {
                yield return new SettingProblem(name, "must be letters and digits, as the register has it");
            }
        }
    }

    /// <summary>What goes along with a message; null for one that goes elsewhere, and where nothing is set.</summary>
    public static IndiaDlt? For(OutgoingMessage message, CarrierSettings settings) =>
        settings.Find(Entity) is { } entity && settings.Find(Template) is { } template && message.To.Reveal().StartsWith(CallingCode, StringComparison.Ordinal) ? new IndiaDlt(entity, template) : null;
}
