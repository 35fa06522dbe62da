using Countersign.Core.Numbers;

namespace Countersign.Core.Lookups;

/// <summary>The public numbering plans, which name no carrier, and the operator's table where there is one. Costs nothing.</summary>
public sealed class NumberingPlanSource(ILineTable table) : ILineSource
{
    public ValueTask<LineFacts> FindAsync(PhoneNumber number, LineQuestions asked, CancellationToken ct) => new(Of(number));

    /// <summary>What is known of a number without asking anybody.</summary>
    public LineFacts Of(PhoneNumber number) => table.Find(number) is not { } range
        ? new LineFacts { Type = number.Type }
        : new LineFacts
        {
            Type = range.Type == LineType.Unknown ? number.Type : range.Type,
            MobileCountryCode = range.MobileCountryCode,
            MobileNetworkCode = range.MobileNetworkCode,
            CarrierName = range.CarrierName,
        };
}
