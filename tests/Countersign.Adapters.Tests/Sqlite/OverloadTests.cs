using Countersign.Adapters.Tests.Stores;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Sqlite;

public sealed class OverloadTests : IAsyncDisposable
{
    const int MayWait = 8192;

    readonly SqliteHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Of_more_than_may_wait_the_rest_is_refused_at_once_and_the_others_are_kept()
    {
        using var store = _home.OpenSqlite();
        var started = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        using var hold = new ManualResetEventSlim();
        var holds = new TaskCompletionSource();
        var held = Task.Run(() => store.Verifications.ApplyAsync(
            new RecordedStep((_, _) =>
            {
                holds.TrySetResult();
                hold.Wait();
                return StepDecision.Nothing;
            })
            {
                ServiceSid = Given.Service,
                VerificationSid = started.Sid,
            },
            CancellationToken.None));
        await holds.Task;

        var waiting = Enumerable.Range(0, MayWait).Select(_ => IncrementAsync(store.Verifications, started)).ToList();
        for (var i = 0; i < 100; i++)
            await Assert.ThrowsAsync<StoreOverloadedException>(() => IncrementAsync(store.Verifications, started));

        hold.Set();
        await held;
        await Task.WhenAll(waiting);
        await IncrementAsync(store.Verifications, started);
        Assert.Equal(MayWait + 1, (await store.Verifications.FindAsync(1))!.Checks);
    }

    [Fact]
    public async Task What_waits_when_the_store_closes_is_kept_first()
    {
        Task[] waiting;
        using (var store = _home.OpenSqlite())
        {
            var started = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
            waiting = [.. Enumerable.Range(0, 5000).Select(_ => IncrementAsync(store.Verifications, started))];
        }

        await Task.WhenAll(waiting);
        using var again = _home.OpenSqlite();
        Assert.Equal(5000, (await again.Verifications.FindAsync(1))!.Checks);
    }

    static Task IncrementAsync(IVerificationStore store, Verification started) =>
        store.ChangeAsync(started.Sid, current => current with { Checks = current.Checks + 1 });
}
