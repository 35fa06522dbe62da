namespace Countersign.Bench.Servers;

/// <summary>
/// Bytes that this process has allocated. The runtime's own counter jumps by hundreds of megabytes, up or down, when the collector changes the number of its heaps: so it is read every 50 ms, and
/// a step that no process makes in so short a time counts as the one before it. Read precisely, which holds the process up for some ten microseconds: else it moves at collections only.
/// </summary>
sealed class AllocationMeter
{
    const int IntervalMilliseconds = 50;

    // A gigabyte a second: several times what two cores do at most.
    const long MostInAnInterval = 50_000_000;

    readonly Lock _gate = new();
    long _last = GC.GetTotalAllocatedBytes(precise: true);
    long _usual;
    long _total;

    public AllocationMeter() => new Thread(Run) { IsBackground = true, Name = "allocation meter" }.Start();

    /// <summary>Since the meter began.</summary>
    public long Total
    {
        get
        {
            lock (_gate)
            {
                return _total;
            }
        }
    }

    void Run()
    {
        while (true)
        {
            Thread.Sleep(IntervalMilliseconds);
            var now = GC.GetTotalAllocatedBytes(precise: true);
            lock (_gate)
            {
                var step = now - _last;
                _usual = step is >= 0 and <= MostInAnInterval ? step : _usual;
                _total += _usual;
                _last = now;
            }
        }
    }
}
