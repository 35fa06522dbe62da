using System.Diagnostics;
using System.Text;
using Countersign.Bench.Endure.Stores;

namespace Countersign.Bench.Endure.Scenarios;

/// <summary>
/// A rolling upgrade from a build that is really older, back to it, and up again, while people go on over all nodes. What one build began, sent and set, the other has to check,
/// report and know. A build that will not run on what a newer one left may say so and end; it may not go on and do damage.
/// </summary>
static class Upgrade
{
    const int CallsBetween = 300;

    // 2 is approved, 1 sent, 4 delivered.
    const string DifferencesSql = """
        SELECT concat_ws('; ',
            CASE WHEN counted.starts <> kept.starts THEN format('%s starts are counted of %s', counted.starts, kept.starts) END,
            CASE WHEN counted.approved <> kept.approved THEN format('%s approvals are counted of %s', counted.approved, kept.approved) END,
            CASE WHEN counted.delivered <> told.delivered THEN format('%s delivered messages are counted of %s', counted.delivered, told.delivered) END,
            CASE WHEN told.untold > 0 THEN format('%s messages have no receipt', told.untold) END)
        FROM (SELECT coalesce(sum(starts), 0) AS starts, coalesce(sum(approved), 0) AS approved, coalesce(sum(delivered), 0) AS delivered FROM rollup) AS counted,
            (SELECT count(*) AS starts, count(*) FILTER (WHERE status = 2) AS approved FROM verification) AS kept,
            (SELECT count(*) FILTER (WHERE status = 4) AS delivered, count(*) FILTER (WHERE status = 1) AS untold FROM attempt) AS told
        """;

    static readonly TimeSpan Settles = TimeSpan.FromSeconds(60);

    static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false });

    public static async Task RunAsync(Stage stage)
    {
        var (reported, refused, turn) = (0, 0, 0);
        stage.Carrier.AfterTaking = async (callback, attempt) =>
        {
            // As a load balancer would give it on: to any node that takes requests, of whichever build, perhaps before the one that sent has recorded it.
            var up = stage.Nodes.Where(node => node.IsUp && node.TakesRequests).ToList();
            var node = up[Interlocked.Increment(ref turn) % up.Count];
            using var receipt = new StringContent($$"""{"ref":"{{attempt}}","state":"ok"}""", Encoding.UTF8, "application/json");
            using var answer = await Http.PostAsync(new Uri(node.Address, new Uri(callback).PathAndQuery), receipt);
            Interlocked.Increment(ref reported);
            if (!answer.IsSuccessStatusCode)
            {
                Interlocked.Increment(ref refused);
            }
        };
        string? refusal = null;
        await stage.UnderLoadAsync(async () =>
        {
            await GoOnAsync(stage);
            await ReplaceAllAsync(stage, older: null);
            refusal = await BackAsync(stage);
            await ReplaceAllAsync(stage, older: null);
        });
        var (first, second) = (stage.Tally.BegunByOlder, stage.Tally.ApprovedByOlder);
        stage.Note = $", {first} begun by the older build and approved by this one, {second} the other way round, {reported} receipts, going back: {refusal ?? "works"}";
        if (first == 0 || second == 0)
        {
            stage.Problems.Enqueue("the builds did not approve what the other had begun");
        }

        if (await DifferencesAsync(stage) is { Length: > 0 } differences)
        {
            stage.Problems.Enqueue(differences);
        }

        if (refused > 0 || reported == 0)
        {
            stage.Problems.Enqueue($"of {reported} receipts {refused} were refused");
        }
    }

    /// <summary>
    /// Waits until everything is counted once, whichever build did it, and every receipt has had its effect; gives what is not so after half a minute. Conversions are not looked for: what an
    /// older build counts in a row of this one has none.
    /// </summary>
    static async Task<string> DifferencesAsync(Stage stage)
    {
        var database = (PostgresUnderTest)stage.Store;
        for (var begun = Stopwatch.GetTimestamp(); ; await stage.PauseAsync(0.5))
        {
            var differences = $"{await database.ExecuteAsync(DifferencesSql, stage.Ct)}";
            if (differences.Length == 0 || Stopwatch.GetElapsedTime(begun) > Settles)
            {
                return differences;
            }
        }
    }

    static async Task ReplaceAllAsync(Stage stage, string? older)
    {
        foreach (var node in stage.Nodes)
        {
            await NodeFaults.EndAsync(stage, node);
            node.Older = older;
            await node.StartAsync(stage.Ct);
            await stage.UntilReadyAsync();
            await GoOnAsync(stage);
        }
    }

    /// <summary>Back to the older build. Null if it runs; else what its first node said when it ended, and then all nodes are of this build.</summary>
    static async Task<string?> BackAsync(Stage stage)
    {
        try
        {
            await ReplaceAllAsync(stage, stage.Options.Older);
            return null;
        }
        catch (NotStartedException refusal) when (refusal.ExitCode != 0 && refusal.LastLines.Contains("newer version of Countersign", StringComparison.Ordinal))
        {
            var node = stage.Nodes.Single(node => !node.IsUp);
            node.Older = null;
            await node.StartAsync(stage.Ct);
            return "is refused, and said so";
        }
    }

    /// <summary>The load goes on over nodes of both builds, and each node tells the others of a setting.</summary>
    static async Task GoOnAsync(Stage stage)
    {
        for (var number = 0; number < stage.Nodes.Count; number++)
        {
            await stage.RouteAsync(stage.Nodes[number], TimeSpan.FromSeconds(5 + number));
        }

        await stage.UntilAnsweredAsync(CallsBetween);
        await stage.PauseAsync(stage.Options.Short ? 0 : stage.Options.Load.TotalSeconds / 12);
    }
}
