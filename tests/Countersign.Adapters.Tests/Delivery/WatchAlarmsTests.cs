using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Numbers;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Adapters.Tests.Delivery;

/// <summary>What becomes of alarms of which some fail.</summary>
public sealed class WatchAlarmsTests : IAsyncLifetime
{
    readonly Post _post = new();
    readonly Lines _lines = new();
    ShakyVerifications _store = null!;

    public async ValueTask InitializeAsync()
    {
        await _post.OpenAsync("first");
        _store = new ShakyVerifications(_post.Store.Verifications);
    }

    public ValueTask DisposeAsync() => _post.DisposeAsync();

    [Fact]
    public async Task An_alarm_that_fails_holds_up_no_other_and_comes_again_after_a_pause()
    {
        var watch = Watch(_post.Store.Alarms);
        var started = new List<Verification>();
        foreach (var last in Enumerable.Range(10, 3))
            started.Add(await _post.StartAsync(PhoneNumber.Restore($"+467017406{last}"), details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Call, 30)] }));
        _post.Time.Advance(TimeSpan.FromSeconds(31));
        _store.Fails = sid => sid == started[0].Sid;

        Assert.False(await watch.RunOnceAsync(CancellationToken.None));

        Assert.Equal("[1, 2, 2]", await SendsAsync(started));
        Assert.Equal(started[0].Sid, Assert.Single(await _post.Store.Alarms.DueAsync(10, CancellationToken.None)).VerificationSid);
        Assert.Equal(1132, Assert.Single(_lines.Ids));

        // Nor is it asked for in the next breath, whatever else is due.
        _store.Forget();
        await watch.RunOnceAsync(CancellationToken.None);
        Assert.Empty(_store.Tried);

        _store.Fails = _ => false;
        _post.Time.Advance(TimeSpan.FromSeconds(1));
        await watch.RunOnceAsync(CancellationToken.None);
        Assert.Equal("[2, 2, 2]", await SendsAsync(started));
        Assert.Empty(await _post.Store.Alarms.DueAsync(10, CancellationToken.None));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_is_damaged_is_tried_ever_less_often_and_spoken_of_every_five_minutes_while_others_are_moved_on(bool isRow)
    {
        var watch = Watch(_post.Store.Alarms);
        var damaged = await _post.StartAsync(PhoneNumber.Restore("+46701740610"), details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Call, 30)] });
        _store.Problem = () => isRow ? new StoreUnavailableException("The row service/VA is damaged.") { IsOneRow = true } : new System.Text.Json.JsonException();
        _store.Fails = sid => sid == damaged.Sid;
        _post.Time.Advance(TimeSpan.FromSeconds(31));

        for (var second = 0; second < 290; second++)
        {
            await watch.RunOnceAsync(CancellationToken.None);
            _post.Time.Advance(TimeSpan.FromSeconds(1));
        }

        // After 1, 2, 4 … 128 s.
        Assert.Equal(9, _store.Tried.Count);
        Assert.Equal([1133], _lines.Ids);
        var other = await _post.StartAsync(PhoneNumber.Restore("+46701740611"), details: new VerificationDetails { Fallback = [new(Channel.Sms, 30), new(Channel.Call, 30)] });
        _post.Time.Advance(TimeSpan.FromSeconds(31));
        await watch.RunOnceAsync(CancellationToken.None);
        Assert.Equal("[1, 2]", await SendsAsync([damaged, other]));

        // And never less often than that.
        _store.Forget();
        for (var minute = 0; minute < 20; minute++)
        {
            _post.Time.Advance(TimeSpan.FromMinutes(1));
            await watch.RunOnceAsync(CancellationToken.None);
        }

        Assert.InRange(_store.Tried.Count, 4, 5);
        Assert.InRange(_lines.Ids.Count, 4, 6);
        _store.Fails = _ => false;
        _post.Time.Advance(TimeSpan.FromMinutes(5));
        await watch.RunOnceAsync(CancellationToken.None);
        Assert.Empty(await _post.Store.Alarms.DueAsync(10, CancellationToken.None));
    }

    [Fact]
    public async Task Nor_do_more_of_them_than_are_taken_at_once()
    {
        var alarms = new Listed([.. Enumerable.Range(0, 600).Select(_ => new Alarm(0, Given.Service, Sid.NewRandom("VE", RandomSource.System), default))]);
        var watch = Watch(alarms);
        var failing = alarms.All.Take(300).Select(alarm => alarm.VerificationSid).ToHashSet();
        _store.Fails = failing.Contains;

        for (var second = 0; second < 3; second++)
        {
            var rounds = 0;
            while (await watch.RunOnceAsync(CancellationToken.None))
                Assert.True(++rounds < 10, "It does not pause.");
            _post.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(failing, alarms.All.Select(alarm => alarm.VerificationSid).ToHashSet());
        Assert.All(failing, sid => Assert.InRange(_store.Tried.Count(tried => tried == sid), 2, 3));
        Assert.Single(_lines.Ids);
    }

    [Fact]
    public async Task At_a_stop_what_was_done_is_not_asked_for_again()
    {
        var alarms = new Listed([.. Enumerable.Range(0, 3).Select(_ => new Alarm(0, Given.Service, Sid.NewRandom("VE", RandomSource.System), default))]);
        using var stop = new CancellationTokenSource();
        var last = alarms.All[2];
        _store.Fails = sid =>
        {
            if (sid != last.VerificationSid)
                return false;
            stop.Cancel();
            throw new OperationCanceledException(stop.Token);
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Watch(alarms).RunOnceAsync(stop.Token));

        Assert.Equal(last, Assert.Single(alarms.All));
        Assert.Empty(_lines.Ids);
    }

    WatchAlarms Watch(IAlarmStore alarms) => new(
        alarms,
        _post.AdvanceOver(_store),
        _post.Time,
        _lines);

    async Task<string> SendsAsync(IEnumerable<Verification> verifications)
    {
        var sends = new List<int>();
        foreach (var verification in verifications)
            sends.Add((await _post.FindAsync(verification.Sid)).Attempts.Length);
        return $"[{string.Join(", ", sends)}]";
    }

    /// <summary>Alarms that are all due.</summary>
    sealed class Listed(List<Alarm> alarms) : IAlarmStore
    {
        public List<Alarm> All => alarms;

        public ValueTask<IReadOnlyList<Alarm>> DueAsync(int max, CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<Alarm>>([.. alarms.Take(max)]);

        public Task DoneAsync(IReadOnlyList<Alarm> done, CancellationToken ct)
        {
            alarms.RemoveAll(done.Contains);
            return Task.CompletedTask;
        }
    }

    /// <summary>What was said.</summary>
    sealed class Lines : ILogger<WatchAlarms>
    {
        public List<int> Ids { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Ids.Add(eventId.Id);
    }
}
