using System.Diagnostics;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Events;
using Countersign.Core.Registry;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Cuts;

/// <summary>Nodes of a store that can lose their way to it, or their lives, in the middle of a step.</summary>
abstract class CutStage : IAsyncDisposable
{
    // Messages whose outcome was kept, and those that were recorded by a node that was killed then.
    readonly HashSet<Sid> _recorded = [], _unsure = [];

    /// <summary>Makes the store and opens its nodes.</summary>
    public abstract Task OpenAsync();

    /// <summary>The store as a node has it now.</summary>
    public abstract IVerificationStore At(int which);

    /// <summary>Another process takes the node's place; the one before had time to leave, or was killed.</summary>
    public abstract Task ReplaceAsync(int which, bool kill);

    /// <summary>Plays at a node. Null where no answer came, which only a cut can bring about; nothing of the step is under way any more then.</summary>
    public virtual async Task<string?> PlayAsync(int which, Cut? cut, Func<Task<string>> play)
    {
        var wire = WireOf(which);
        if (cut is not null)
            wire.Arm(cut);
        string? answer = null;
        try
        {
            answer = await play().WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (StoreUnavailableException)
        {
            if (!Forgives(which))
                throw;
        }

        if (await wire.DisarmAsync() && cut is { Kills: true })
            await ReplaceAsync(which, kill: true);
        return answer;
    }

    /// <summary>Time passes, in which a node sends what it has; where it keeps the outcomes it may be cut off as well.</summary>
    public virtual async Task PassAsync(int which, Cut? cut)
    {
        var outbox = OutboxOf(which);
        if (outbox.Known == 0)
            return;

        IReadOnlyList<OutboxItem> items;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            items = await outbox.ClaimAsync(100, patience.Token);
        }
        catch (OperationCanceledException)
        {
            // It knows of messages that another node has.
            return;
        }

        var sids = items.Select(item => item.Attempt.Sid).ToList();
        Assert.DoesNotContain(sids, _recorded.Contains);
        var answer = await PlayAsync(which, cut, () => RecordAsync(outbox, items));
        if (answer is null && ReferenceEquals(outbox, OutboxOf(which)))
            answer = await AskAsync(which, () => RecordAsync(outbox, items));
        (answer is null ? _unsure : _recorded).UnionWith(sids);
        _unsure.ExceptWith(_recorded);
    }

    static async Task<string> RecordAsync(IOutbox outbox, IReadOnlyList<OutboxItem> items)
    {
        await outbox.RecordAsync(Sent(items), CancellationToken.None);
        return "recorded";
    }

    static List<SendRecord> Sent(IEnumerable<OutboxItem> items) =>
        [.. items.Select(item => new SendRecord { Item = item, Status = AttemptStatus.Sent, Carrier = "acme", CarrierMessageId = $"m-{item.Attempt.Sid}", Segments = 1, At = item.Attempt.At })];

    /// <summary>Asks a node for what may be asked for again.</summary>
    public async Task<T> AskAsync<T>(int which, Func<Task<T>> ask)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (StoreUnavailableException)
            {
                if (!Forgives(which))
                    throw;
            }
        }
    }

    public abstract ValueTask DisposeAsync();

    protected abstract CutWire WireOf(int which);

    protected virtual bool Forgives(int which) => WireOf(which).Forgives();

    protected abstract IOutbox OutboxOf(int which);

    /// <summary>Counts the verifications that are looked at when they may have expired: all that were started, since none expires by itself here.</summary>
    protected virtual string Watches => "SELECT count(*) FROM event_watch";

    /// <summary>Claims so many messages, or fewer where there are no more, at nodes that live, with the number and the outbox of the one that gave each.</summary>
    protected abstract Task<List<(int Which, IOutbox From, OutboxItem Item)>> ClaimAsync(int count);

    /// <summary>Asks the tables for one number, after all has come there.</summary>
    protected abstract Task<long> CountAsync(string sql);

    /// <summary>The game is over: of each verification all is there or nothing, whoever was cut off in between: its messages, what was counted of it, and what receivers are told.</summary>
    public async Task FinishAsync(IReadOnlyCollection<Verification> all)
    {
        var asked = all.SelectMany(verification => verification.Attempts).Select(attempt => attempt.Sid).ToHashSet();
        var kept = await CountAsync("SELECT count(*) FROM attempt");
        Assert.InRange(kept, _recorded.Count, _recorded.Count + _unsure.Count);
        var claimed = await ClaimAsync(asked.Count - (int)kept);
        Assert.Equal(asked.Count - kept, claimed.Select(claim => claim.Item.Attempt.Sid).Distinct().Count());
        Assert.All(claimed, claim => Assert.True(asked.Contains(claim.Item.Attempt.Sid) && !_recorded.Contains(claim.Item.Attempt.Sid)));
        foreach (var from in claimed.GroupBy(claim => claim.Which))
            await AskAsync(from.Key, () => from.First().From.RecordAsync(Sent(from.Select(claim => claim.Item)), CancellationToken.None));

        await Equal(all.Count, "SELECT count(*) FROM verification");
        await Equal(asked.Count, "SELECT count(*) FROM attempt");
        await Equal(all.Sum(verification => verification.Checks), "SELECT coalesce(sum(checks), 0) FROM verification");
        await Equal(all.Count, "SELECT coalesce(sum(starts), 0) FROM rollup");
        await Equal(asked.Count, "SELECT coalesce(sum(sends), 0) FROM rollup");
        await Equal(all.Count, $"SELECT count(*) FROM event WHERE type = {(int)EventType.VerificationPending}");
        await Equal(all.Count, Watches);
        await EndedAsync(all, VerificationStatus.Approved, "approved", EventType.VerificationApproved);
        await EndedAsync(all, VerificationStatus.Canceled, "canceled", EventType.VerificationCanceled);
        await EndedAsync(all, VerificationStatus.MaxAttemptsReached, "max_attempts", EventType.VerificationMaxAttemptsReached);
    }

    async Task EndedAsync(IReadOnlyCollection<Verification> all, VerificationStatus status, string counter, EventType type)
    {
        var ended = all.Count(verification => verification.Status == status);
        await Equal(ended, $"SELECT count(*) FROM verification WHERE status = {(int)status}");
        await Equal(ended, $"SELECT coalesce(sum({counter}), 0) FROM rollup");
        await Equal(ended, $"SELECT count(*) FROM event WHERE type = {(int)type}");
    }

    async Task Equal(long expected, string sql)
    {
        // What a node brings by itself may be on its way.
        var waited = Stopwatch.StartNew();
        var found = await CountAsync(sql);
        for (; found != expected && waited.Elapsed < TimeSpan.FromSeconds(10); found = await CountAsync(sql))
            await Task.Delay(50);

        Assert.True(found == expected, $"{sql}: {expected} expected, and not {found}");
    }

    /// <summary>Somebody is told of what happens.</summary>
    protected static async Task SubscribeAsync(IServiceStore services, IRegistry<Webhook> webhooks)
    {
        await services.CreateAsync(
            new VerifyService { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = "Owl", CustomCodeEnabled = true, CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening }, CancellationToken.None);
        var webhook = new Webhook
        {
            Sid = Sid.NewRandom("YW", Given.Random),
            AccountSid = Given.Account,
            ServiceSid = Given.Service,
            FriendlyName = "hook",
            EventNames = ["verification.*"],
            Url = "https://hook.example/",
            Secret = SigningSecret.New(Given.Random),
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        };
        await webhooks.PutAsync(Given.Account, webhook.Name, _ => webhook, CancellationToken.None);
    }
}
