namespace Countersign.Bench.Servers;

/// <summary>
/// Bytes that this process has allocated. The runtime's own counter jumps by hundreds of megabytes, up or down, when the collector changes the number of its heaps: so it is read every 20 ms, and
/// a step that no process makes in so short a time counts as the one before it.
/// </summary>
sealed class AllocationMeter
{
    const int IntervalMilliseconds = 20;

    // A gigabyte a second: several times what two cores do at most.
    const long MostInAnInterval = 20_000_000;

    readonly Lock _gate = new();
    long _last = GC.GetTotalAllocatedBytes();
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
            var now = GC.GetTotalAllocatedBytes();
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
