using Countersign.Core.Numbers;

namespace Countersign.Core.Lookups;

/// <summary>The public numbering plans alone, which cost nothing and name no carrier.</summary>
public sealed class NumberingPlanSource : ILineSource
{
    public ValueTask<LineFacts> FindAsync(PhoneNumber number, LineQuestions asked, CancellationToken ct) => new(new LineFacts { Type = number.Type });
}
