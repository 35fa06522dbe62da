using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Countersign.Bench.Servers;

/// <summary>
/// A clock that is off by what a file says (<c>--clock-file</c>; 01:00:00 is an hour ahead), and is stepped by changing the file. As on a real machine, only the time of day
/// is stepped: what is waited for takes as long as ever.
/// </summary>
sealed class SteppedClock : TimeProvider
{
    static readonly TimeSpan LooksEvery = TimeSpan.FromMilliseconds(50);

    readonly string _path;
    long _offset;

    SteppedClock(string path)
    {
        _path = path;
        Look();
        _ = WatchAsync();
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + new TimeSpan(Volatile.Read(ref _offset));

    /// <summary>Takes the option out of the arguments, if it is there.</summary>
    public static bool TryTake(ref string[] args, [NotNullWhen(true)] out SteppedClock? clock)
    {
        var at = Array.IndexOf(args, "--clock-file");
        clock = at >= 0 && at + 1 < args.Length ? new SteppedClock(args[at + 1]) : null;
        if (clock is not null)
        {
            args = [.. args[..at], .. args[(at + 2)..]];
        }

        return clock is not null;
    }

    async Task WatchAsync()
    {
        while (true)
        {
            await Task.Delay(LooksEvery);
            Look();
        }
    }

    void Look()
    {
        try
        {
            Volatile.Write(ref _offset, File.Exists(_path) ? TimeSpan.Parse(File.ReadAllText(_path), CultureInfo.InvariantCulture).Ticks : 0);
        }
        catch (IOException)
        {
            // It is being replaced; the next look finds it.
        }
    }
}
