using System.Diagnostics;
using Countersign.Bench.Hot;

namespace Countersign.Bench.Endure;

/// <summary>Breaks things under load, and counts what was acknowledged against what is found.</summary>
static class EndureVerb
{
    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(EndureOptions.Help);
            return 0;
        }

        var options = EndureOptions.Parse(args);
        using var interruption = new Interruption();
        var (played, failed) = (0, 0);
        foreach (var store in options.Stores)
        {
            foreach (var scenario in Scenario.All.Where(scenario => options.Scenarios.Contains(scenario.Name) && scenario.Fits(store)))
            {
                var begun = Stopwatch.GetTimestamp();
                var verdict = await PlayAsync(scenario, store, options, interruption.Token);
                if (options.NoSkips && verdict is { Skipped: { } reason, IsAsked: true })
                {
                    verdict = new Verdict { Broke = $"it could not be played, and --no-skips was given: {reason}" };
                }

                interruption.Token.ThrowIfCancellationRequested();
                Console.Error.WriteLine($"  {store} {scenario.Name}: {verdict.Notes}, {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s");
                Console.WriteLine($"endure {store} {scenario.Name}: {verdict}");
                played += verdict.Skipped is null ? 1 : 0;
                failed += verdict.Failed ? 1 : 0;
            }
        }

        Console.WriteLine($"endure: {played} scenarios, {failed} failed");
        return failed == 0 && played > 0 ? 0 : Verb.Misbehaved;
    }

    static async Task<Verdict> PlayAsync(Scenario scenario, string store, EndureOptions options, CancellationToken ct)
    {
        if (scenario.BeginsOlder && options.Older is null)
        {
            return new Verdict { Skipped = "--older names the directory of an older build's server, see --help.", IsAsked = false };
        }

        try
        {
            await using var stage = await Stage.OpenAsync(store, scenario, options, ct);
            try
            {
                await scenario.Play(stage);
                return await new Audit(stage).RunAsync();
            }
            catch (Exception problem) when (problem is BenchException or HttpRequestException or InvalidOperationException or System.Data.Common.DbException or TimeoutException
                || (problem is OperationCanceledException && !ct.IsCancellationRequested))
            {
                return new Verdict { Broke = $"{problem.Message}\n{stage.LastLines}" };
            }
        }
        catch (SkippedException reason)
        {
            return new Verdict { Skipped = reason.Message };
        }
        catch (MissingProgramException missing)
        {
            return new Verdict { Skipped = missing.Message };
        }
        catch (Exception problem) when (problem is BenchException || (problem is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return new Verdict { Broke = problem.Message };
        }
    }
}

/// <summary>This machine does not let us play the scenario; the message says why.</summary>
sealed class SkippedException(string message) : Exception(message);
