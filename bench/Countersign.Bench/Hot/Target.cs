using System.Globalization;

namespace Countersign.Bench.Hot;

/// <summary>What a run should reach, and whether it did.</summary>
sealed record Target(string Name, string Wanted, string Measured, bool IsMet)
{
    const int Most = 256, Some = 64;
    const double HalfLoadMilliseconds = 15, ColdStartSeconds = 2, IdleMegabytes = 150;

    /// <summary>All that can be judged by what was measured.</summary>
    public static List<Target> Of(HotResult result) =>
    [
        AtMost("cold start to the first 201", ColdStartSeconds, result.ColdStart, "0.00", " s"),
        AtMost("idle memory", IdleMegabytes, result.IdleMemory / 1048576.0, "0", " MB"),
        .. result.Stores.SelectMany(Of),
    ];

    /// <summary>The share of bare's throughput that is wanted at a number of connections; null where nothing is.</summary>
    public static double? ShareOf(string store, string kind, int connections)
    {
        var most = (store, kind) switch
        {
            ("sqlite", "start") => 0.5,
            ("sqlite", _) => 0.6,
            (_, "start") => 0.3,
            _ => 0.4,
        };
        return connections switch
        {
            Most => most,
            Some => most * 2 / 3,
            _ => null,
        };
    }

    static IEnumerable<Target> Of(StoreResult store)
    {
        foreach (var kind in StoreResult.Kinds.Skip(1))
        {
            foreach (var connections in store.Connections)
            {
                if (ShareOf(store.Store, kind, connections) is { } share)
                {
                    yield return AtLeast($"{store.Store} {kind}, as a share of bare at {connections} connections", share, store.RatioToBare(kind, connections));
                }
            }

            if (store.Connections.Contains(Most))
            {
                yield return AtMost($"{store.Store} {kind}, allocated at {Most} connections", kind == "start" ? 8192 : 5120, store.Typical(kind, Most).AllocatedBytes, "#,0", " B");
            }

            if (store.HalfLoad.Find(phase => phase.Kind == kind) is { } half)
            {
                yield return AtMost($"{store.Store} {kind}, p99 at half of peak load", HalfLoadMilliseconds, half.P99, "0.0", " ms");
            }
        }
    }

    static Target AtLeast(string name, double wanted, double measured) => new(name, $"{Show(wanted, "0.00")} or more", Show(measured, "0.00"), measured >= wanted);

    static Target AtMost(string name, double wanted, double measured, string format, string unit) =>
        new(name, $"at most {Show(wanted, "#,0")}{unit}", Show(measured, format) + unit, measured <= wanted);

    static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
