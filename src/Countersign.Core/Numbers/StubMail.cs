#pragma warning disable
namespace Countersign.Core.Numbers;

public sealed class EmailAddress : Destination
{
    public override string Reveal() => ""; public override string Country => "ZZ"; public override string ToString() => "";
    public static bool TryParse(string t, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out EmailAddress? a, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out NumberProblem? p) { a = null; p = null; return false; }
}
