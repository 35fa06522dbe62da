using Countersign.Core.Channels;
using Countersign.Core.Guard.Lists;
using Countersign.Core.Lookups;
using Countersign.Core.Numbers;
using Countersign.Core.Services;

namespace Countersign.Core.Guard.Lines;

/// <summary>
/// Refuses lines that cannot take the message, or that the service does not send to, by the operator's table where it tells, else by the public numbering plans. Numbers for fiction
/// are taken for the lines that they stand for.
/// </summary>
public sealed class LineTypeStage(NumberLists lists, ILineTable table) : ChannelRule
{
    /// <summary>After geo permissions, which cost less to ask.</summary>
    public override int Order => 30;

    public override bool DiffersByChannel(VerifyService service) => service is { SkipSmsToLandlines: true, LookupEnabled: true };

    public override GuardRefusal? Forbids(VerifyService service, Destination to, UInt128 key, Channel channel, DateTimeOffset now)
    {
        if (to is not PhoneNumber number)
        {
            return null;
        }

        var type = LineTypes.Of(number, table);
        var isLandline = type == LineType.FixedLine && channel == Channel.Sms && service is { SkipSmsToLandlines: true, LookupEnabled: true };
        if ((!isLandline && !service.Guard.DeniedLineTypes.Contains(type)) || lists.IsSafe(service.AccountSid, key, number, now))
        {
            return null;
        }

        return new GuardRefusal(
            GuardRefusalKind.LineTypeDenied,
            isLandline ? "landline" : "line_type_denied",
            isLandline
                ? "The number is a landline, and the service sends no text messages to those (SkipSmsToLandlines). Offer a call, or ask for a mobile number."
                : "The service does not send to lines of this type. Ask for a mobile number, or change the service's denied_line_types.")
        {
            Facts = [new("line_type", LineTypes.NameOf(type))],
        };
    }
}
