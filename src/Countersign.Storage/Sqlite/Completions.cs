namespace Countersign.Storage.Sqlite;

/// <summary>
/// Tells the operations of a batch that it is durable, some of them in one go: handing each to the pool by itself costs a queue's place and often a thread's wake-up for
/// every request. Few enough that the others are not held up by them.
/// </summary>
sealed class Completions(WriteOperation[] operations) : IThreadPoolWorkItem
{
    /// <summary>Operations of one go: about a quarter of a millisecond of work.</summary>
    const int Together = 16;

    /// <summary>Starts all of them, in their order.</summary>
    public static void Start(List<WriteOperation> batch)
    {
        for (var done = 0; done < batch.Count; done += Together)
        {
            var some = new WriteOperation[Math.Min(Together, batch.Count - done)];
            batch.CopyTo(done, some, 0, some.Length);
            ThreadPool.UnsafeQueueUserWorkItem(new Completions(some), preferLocal: false);
        }
    }

    public void Execute()
    {
        foreach (var operation in operations)
        {
            operation.Complete();
        }
    }
}
