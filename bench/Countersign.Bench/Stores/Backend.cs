namespace Countersign.Bench.Stores;

/// <summary>A store's own server, with fresh data. Disposing it ends its processes and removes the data.</summary>
abstract class Backend : IDisposable
{
    /// <summary>The settings that make our server use it.</summary>
    public abstract IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>Its processes; their descendants belong to it too.</summary>
    public abstract IReadOnlyList<int> Processes { get; }

    public abstract void Dispose();

    /// <summary>Asks again and again, until it is so.</summary>
    protected static async Task WaitAsync(Func<Task<bool>> isSo, GuardedProcess process, string what, CancellationToken ct)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            if (process.HasEnded || TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(60))
            {
                throw new BenchException($"{what} did not start. Its last lines:\n{process.LastLines}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), ct);
        }
    }
}
