namespace Countersign.Core.Tests;

/// <summary>What a piece of work allocates on this thread.</summary>
static class Allocated
{
    const int Times = 5;

    /// <summary>Bytes, the least of five times: a collection in between, by other tests, counts what was left of the thread's room as used.</summary>
    public static long By(Action work) => Enumerable.Range(0, Times).Min(_ =>
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    });
}
