namespace Countersign.Core.Events;

/// <summary>
/// Events on their way to receivers. Those of verifications and messages are kept in the step that makes them happen (<see cref="EventMaker"/>), all others by <see cref="AddAsync"/>.
/// Each is claimed by one sender at a time and stays until it was taken: at least once. What changes something is durable when it returns.
/// </summary>
public interface IEventStore
{
    /// <summary>Completes soon after something was kept here that may be due, or after <paramref name="atMost"/>. Another node's is not noticed. One caller at a time.</summary>
    Task WaitAsync(TimeSpan atMost, CancellationToken ct);

    /// <summary>Keeps events. One atomic step.</summary>
    Task AddAsync(IReadOnlyList<EventEntry> events, CancellationToken ct);

    /// <summary>
    /// Looks at up to <paramref name="max"/> receivers that have something waiting, in the order of their SIDs from behind <paramref name="after"/> (default for the first), and says
    /// which of them have something that may be claimed now. What it costs does not depend on how much waits, nor on receivers that have nothing.
    /// </summary>
    ValueTask<DueReceivers> DueAsync(Sid after, int max, CancellationToken ct);

    /// <summary>
    /// Claims what is due, oldest first, of each of these receivers at most so many. What is claimed is nobody else's until it is settled, or its node is gone, or for a minute.
    /// </summary>
    ValueTask<IReadOnlyList<EventEntry>> ClaimAsync(IReadOnlyList<(Sid Receiver, int Most)> receivers, CancellationToken ct);

    /// <summary>
    /// Says what became of claimed events: taken, to be tried again at a time, dead, or not tried at all. One atomic step; of one that somebody else has claimed since, only that it
    /// was taken counts.
    /// </summary>
    Task SettleAsync(IReadOnlyList<(EventEntry Event, EventOutcome Outcome)> outcomes, CancellationToken ct);

    /// <summary>Events that wait for each receiver that has any; counted up to <paramref name="most"/> each.</summary>
    ValueTask<IReadOnlyDictionary<Sid, int>> WaitingAsync(IReadOnlyList<Sid> receivers, int most, CancellationToken ct);

    /// <summary>An account's events, newest first: the dead or those that wait, of one receiver or of all.</summary>
    Task<Page<EventEntry>> ListAsync(Sid account, Sid? receiver, bool dead, PageRequest request, CancellationToken ct);

    /// <summary>The account's event of that name; null where there is none.</summary>
    ValueTask<EventEntry?> FindAsync(Sid account, long position, CancellationToken ct);

    /// <summary>
    /// Has events of an account tried now: one, all of a receiver, or all. Dead ones as if they were new; those that wait for their next try without further waiting. How many there
    /// were that were not due anyway. Many are done in slices, each of them atomic.
    /// </summary>
    Task<int> ReviveAsync(Sid account, long? position, Sid? receiver, CancellationToken ct);

    /// <summary>Removes an event of the account, dead or not. False where there was none.</summary>
    Task<bool> RemoveAsync(Sid account, long position, CancellationToken ct);

    /// <summary>Removes everything of a receiver that is gone, in slices.</summary>
    Task RemoveOfAsync(Sid receiver, CancellationToken ct) => RemoveOfAsync(receiver, DateTimeOffset.MaxValue, ct);

    /// <summary>The same of what happened before a moment.</summary>
    Task RemoveOfAsync(Sid receiver, DateTimeOffset before, CancellationToken ct);

    /// <summary>
    /// Up to <paramref name="max"/> receivers that have anything, dead or not, in the order of their SIDs from behind <paramref name="after"/> (default for the first). What it costs
    /// does not depend on how much they have.
    /// </summary>
    ValueTask<IReadOnlyList<Sid>> ReceiversAsync(Sid after, int max, CancellationToken ct);

    /// <summary>Removes a slice of the dead events that were kept since before a moment, and of whatever waits for longer than anything may. How many: 0 when nothing is left.</summary>
    Task<int> RemoveOldAsync(DateTimeOffset dead, DateTimeOffset any, CancellationToken ct);

    /// <summary>Up to <paramref name="max"/> watches whose time has come. They come again until they are settled.</summary>
    ValueTask<IReadOnlyList<ExpiryWatch>> DueWatchesAsync(int max, CancellationToken ct);

    /// <summary>Removes a watch, sets it anew where <paramref name="again"/> says so, and keeps the events that it led to, unless somebody else has settled it: one atomic step.</summary>
    Task SettleWatchAsync(ExpiryWatch watch, DateTimeOffset? again, IReadOnlyList<EventEntry> events, CancellationToken ct);
}

/// <summary>What became of a try.</summary>
/// <param name="Problem">Why it was not taken; null when it was.</param>
/// <param name="RetryAt">When to try again; null for a dead one.</param>
public readonly record struct EventOutcome(string? Problem, DateTimeOffset? RetryAt)
{
    public static EventOutcome Taken => default;

    /// <summary>It was claimed and not sent: it is as it was before, and may be claimed again at once.</summary>
    public static EventOutcome Untried => new() { IsUntried = true };

    public bool IsTaken => Problem is null && !IsUntried;

    public bool IsUntried { get; private init; }
}

/// <summary>What a look at the receivers found.</summary>
/// <param name="Receivers">Those that have something due, in the order of their SIDs.</param>
/// <param name="Next">From behind which to look on; null where none has anything any more.</param>
public readonly record struct DueReceivers(IReadOnlyList<Sid> Receivers, Sid? Next);
