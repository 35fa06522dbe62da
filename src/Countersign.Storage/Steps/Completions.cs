namespace Countersign.Storage.Steps;

/// <summary>Something that waited for a batch to become durable, or to fail.</summary>
interface ICompletable
{
    /// <summary>Tells whoever waits. Called on a thread of the pool, where they may go on at once.</summary>
    void Complete();
}

/// <summary>
/// Tells those who waited for a batch that it is done, some of them in one go: handing each to the pool by itself costs a queue's place and often a thread's wake-up for
/// every request. Few enough that the others are not held up by them.
/// </summary>
sealed class Completions(ICompletable[] waiting) : IThreadPoolWorkItem
{
    /// <summary>How many in one go: about a quarter of a millisecond of work.</summary>
    const int Together = 16;

    /// <summary>Starts all of them, in their order.</summary>
    public static void Start<T>(List<T> batch)
        where T : class, ICompletable
    {
        for (var done = 0; done < batch.Count; done += Together)
        {
            var some = new ICompletable[Math.Min(Together, batch.Count - done)];
            for (var i = 0; i < some.Length; i++)
            {
                some[i] = batch[done + i];
            }

            ThreadPool.UnsafeQueueUserWorkItem(new Completions(some), preferLocal: false);
        }
    }

    public void Execute()
    {
        foreach (var one in waiting)
        {
            one.Complete();
        }
    }
}
