namespace Countersign.Bench.Servers;

/// <summary>Two benchmarks at once measure each other: the second waits here until the first has ended, however it ended.</summary>
static class OneAtATime
{
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Waits for our turn, which lasts until the result is disposed or the process ends.</summary>
    public static async Task<IDisposable> EnterAsync(CancellationToken ct)
    {
        var path = Path.Combine(Path.GetTempPath(), $"countersign-bench-of-{Environment.UserName}.lock");
        for (var told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                if (!told)
                {
                    Console.Error.WriteLine("another benchmark is running; waiting for its end");
                }

                await Task.Delay(Pause, ct);
            }
        }
    }
}
