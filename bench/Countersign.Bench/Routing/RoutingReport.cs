using System.Globalization;

namespace Countersign.Bench.Routing;

/// <summary>All runs: by policy, then by seed.</summary>
sealed class RoutingResult(string[] policies, int seeds, double[] rates)
{
    public string[] Policies { get; } = policies;

    public double[] Rates { get; } = rates;

    public Outcome[][] Outcomes { get; } = [.. policies.Select(_ => new Outcome[seeds])];

    public long[][] LostByRate { get; } = [.. rates.Select(_ => new long[seeds])];

    public string[] Dark { get; } = new string[seeds];

    public string[] Refusing { get; } = new string[seeds];

    /// <summary>A policy's conversions as a share of the oracle's, over all seeds.</summary>
    public double OfOracle(int policy) => (double)Outcomes[policy].Sum(static outcome => outcome.Conversions) / Outcomes[0].Sum(static outcome => outcome.Conversions);

    public double WorstOfOracle(int policy) => Outcomes[policy].Zip(Outcomes[0], static (own, oracle) => (double)own.Conversions / oracle.Conversions).Min();

    public double FirstOfOracle(int policy) => (double)Outcomes[policy].Sum(static outcome => outcome.FirstConversions) / Outcomes[0].Sum(static outcome => outcome.FirstConversions);
}

static class RoutingReport
{
    public static void Write(RoutingResult result, TextWriter output)
    {
        output.WriteLine(Line("policy", "converted", "of oracle", "worst", "first send", "of oracle", "sends each", "cost/1000", "median s", "lost mean", "lost worst"));
        for (var i = 0; i < result.Policies.Length; i++)
        {
            var outcomes = result.Outcomes[i];
            double people = outcomes.Sum(static outcome => outcome.People), conversions = outcomes.Sum(static outcome => outcome.Conversions);
            output.WriteLine(Line(
                result.Policies[i],
                Text(conversions / people, "0.0 %"),
                Text(result.OfOracle(i), "0.000"),
                Text(result.WorstOfOracle(i), "0.000"),
                Text(outcomes.Sum(static outcome => outcome.FirstConversions) / people, "0.0 %"),
                Text(result.FirstOfOracle(i), "0.000"),
                Text(outcomes.Sum(static outcome => outcome.Sends) / people, "0.000"),
                Text((double)outcomes.Sum(static outcome => outcome.Cost) / conversions * 1000, "0.00"),
                Text(outcomes.Average(static outcome => outcome.MedianWait), "0.0"),
                Text(outcomes.Average(static outcome => outcome.Lost), "#,0"),
                Text(outcomes.Max(static outcome => outcome.Lost), "#,0")));
        }

        output.WriteLine();
        output.WriteLine("lost to the dark carrier by adaptive, by traffic:");
        output.WriteLine($"{"verifications/s",-18}{string.Concat(result.Rates.Select(static rate => Text(rate, "0.0").PadLeft(8)))}");
        output.WriteLine($"{"mean",-18}{string.Concat(result.LostByRate.Select(static lost => Text(lost.Average(), "0.0").PadLeft(8)))}");
        output.WriteLine($"{"worst",-18}{string.Concat(result.LostByRate.Select(static lost => Text(lost.Max(), "0").PadLeft(8)))}");
        output.WriteLine();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Dark.Length} worlds, {RoutingVerb.Hours} h each, {result.Outcomes[0].Sum(static outcome => outcome.People):#,0} verifications, 1.0 a second on average; refusing: {string.Join(' ', result.Refusing)}; dark: {string.Join(' ', result.Dark)}"));
        output.WriteLine("routing oracle: conversions, resends included, adaptive / oracle, all worlds together; routing lost: the worst world");
    }

    static string Line(string name, params string[] columns) => $"{name,-24}{string.Concat(columns.Select(static column => column.PadLeft(12)))}";

    static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
