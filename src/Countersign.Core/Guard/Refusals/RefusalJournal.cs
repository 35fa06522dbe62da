using Countersign.Core.Guard.Windows;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Core.Guard.Refusals;

/// <summary>
/// Keeps refused starts for whoever asks why no code came, behind the answers: they wait here for their batch, and none waits for the store. An attack is refused a thousand times a second, and would
/// fill any disk. So of what is refused alike, of each service, of each account, and of all, only so many are kept in a time: a person who is refused for another reason, or in another country, is still found.
/// </summary>
public sealed partial class RefusalJournal(IRefusedStartStore store, TimeProvider time, ILogger<RefusalJournal> logger)
{
    /// <summary>Kept in <see cref="Interval"/>: with the same service, error, reason and country; of one service; of one account; of all.</summary>
    public const int MaxAlike = 20, MaxOfService = 32, MaxOfAccount = 48, MaxOfAll = 160;

    /// <summary>For the bounds above.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    /// <summary>That wait for the store at most. While it does not answer the newest are left out.</summary>
    const int MaxWaiting = 1000;

    /// <summary>Windows of the bounds: those that were asked for least recently are forgotten.</summary>
    const int Windows = 4096;

    readonly SlidingWindows _windows = new(Windows);
    readonly Lock _gate = new();
    List<RefusedStart> _waiting = [];

    /// <summary>Whether one may be kept: asked before it is made, since most of an attack's are not.</summary>
    public bool HasRoomFor(Sid account, Sid service, int code, string reason, string country)
    {
        ReadOnlySpan<WindowRule> rules =
        [
            new(service.Value ^ ((UInt128)(uint)HashCode.Combine(code, reason, country) << 32), MaxAlike, Interval),
            new(service.Value, MaxOfService, Interval),
            new(account.Value, MaxOfAccount, Interval),
            new(UInt128.Zero, MaxOfAll, Interval),
        ];
        return _windows.TryTake(rules, time.GetUtcNow(), out _, out _);
    }

    /// <summary>Takes one to be kept with the next batch.</summary>
    public void Add(RefusedStart refusal)
    {
        lock (_gate)
        {
            if (_waiting.Count < MaxWaiting)
            {
                _waiting.Add(refusal);
            }
        }
    }

    /// <summary>Keeps those that wait; does nothing where none does.</summary>
    public async Task RunOnceAsync(CancellationToken ct)
    {
        List<RefusedStart> batch;
        lock (_gate)
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            (batch, _waiting) = (_waiting, []);
        }

        try
        {
            await store.AddAsync(batch, ct);
        }
        catch (StoreOverloadedException)
        {
            // Requests come first. None of these was kept.
            lock (_gate)
            {
                _waiting.InsertRange(0, batch.Take(MaxWaiting - _waiting.Count));
            }
        }
        catch (StoreUnavailableException problem)
        {
            // They may have been kept all the same, and are not worth having twice.
            LogLost(batch.Count, problem.Message);
        }
    }

    [LoggerMessage(5201, LogLevel.Warning, "{Count} refused starts could not be kept: {Problem} The log has them (9203)")]
    partial void LogLost(int count, string problem);
}
