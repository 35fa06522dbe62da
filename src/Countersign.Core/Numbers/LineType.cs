using System.Text.Json.Serialization;

namespace Countersign.Core.Numbers;

/// <summary>What kind of line a number belongs to, as far as the public numbering plans tell (libphonenumber's metadata).</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LineType>))]
public enum LineType
{
    Unknown,
    Mobile,
    FixedLine,

    /// <summary>The plan does not separate mobiles from fixed lines, as in North America.</summary>
    FixedLineOrMobile,
    Voip,
    TollFree,
    PremiumRate,
    SharedCost,
    PersonalNumber,
    Pager,

    /// <summary>Universal access number: one number for all branches of a company.</summary>
    Uan,
    Voicemail,

    /// <summary>Internet telephony that is bound to a place, as a source of lines may know; no plan tells it from <see cref="Voip"/>, and it is refused as that.</summary>
    FixedVoip,
}
