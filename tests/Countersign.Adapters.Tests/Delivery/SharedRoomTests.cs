using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Microsoft.Extensions.Logging;

namespace Countersign.Adapters.Tests.Delivery;

/// <summary>
/// One account's carriers that are slow, and what others find beside them: 16 places, and 32 pauses in which messages wait without one. Time goes by only where a test says so.
/// </summary>
public sealed class SharedRoomTests : IAsyncDisposable
{
    static readonly Sid Other = Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC");

    readonly Lines _lines = new();
    readonly SemaphoreSlim _answers = new(0);
    readonly Post _post;
    VerifyService _others = null!;

    public SharedRoomTests() => _post = new Post(maxOutstanding: 16, (_lines, _lines, _lines));

    public async ValueTask DisposeAsync()
    {
        await _post.DisposeAsync();
        _answers.Dispose();
    }

    [Fact]
    public async Task However_many_wait_for_a_place_of_one_accounts_slow_carrier_anothers_message_goes_out_at_once()
    {
        await OpenAsync("slow");
        await FloodAsync(30);
        await UntilAsync(() => _post.Dispatch.Outstanding == 30);

        var started = await StartOtherAsync(90);

        Assert.Equal(AttemptStatus.Sent, await StatusAsync(started));
        Assert.Equal((1, 30), (_post.Kind.Handed.Count(handed => handed.Carrier == "slow"), _post.Dispatch.Outstanding));
    }

    [Fact]
    public async Task However_many_are_in_the_hands_of_one_accounts_carriers_too()
    {
        string[] carriers = [.. Enumerable.Range(1, 16).Select(number => $"slow-{number:00}")];
        await OpenAsync(carriers);
        await FloodAsync(30);
        await UntilAsync(() => _post.Dispatch.Outstanding == 30);

        var started = await StartOtherAsync(90);

        Assert.Equal(AttemptStatus.Sent, await StatusAsync(started));

        // And none of those that wait is forgotten.
        _answers.Release(30);
        await UntilAsync(() => _post.Dispatch.Outstanding == 0);
        Assert.Equal(30, _post.Kind.Handed.Count(handed => carriers.Contains(handed.Carrier)));
    }

    [Fact]
    public async Task They_go_out_in_the_order_in_which_they_were_asked_for()
    {
        await OpenAsync("slow");
        var started = await FloodAsync(30);
        await UntilAsync(() => _post.Dispatch.Outstanding == 30);

        for (var answered = 1; answered <= 30; answered++)
        {
            await UntilAsync(() => _post.Kind.Handed.Count == answered);
            _answers.Release();
        }

        await UntilAsync(() => _post.Dispatch.Outstanding == 0);
        Assert.Equal(started.Select(verification => verification.Attempts[0].Sid), _post.Kind.Handed.Select(handed => handed.Message.AttemptSid));
    }

    [Fact]
    public async Task More_than_there_is_room_for_fail_as_throttled_while_others_send_and_their_send_is_given_back()
    {
        await OpenAsync("slow");
        Assert.Equal(AttemptStatus.Sent, await StatusAsync(await StartOtherAsync(90)));

        var started = await FloodAsync(80);

        var last = started[^1];
        Assert.Equal(AttemptStatus.Failed, await StatusAsync(last));
        var record = await _post.Store.Attempts.FindAsync(last.Attempts[0].Sid, CancellationToken.None);
        Assert.Equal(DeliveryError.Throttled, record!.Error);
        Assert.True((await _post.FindAsync(last.Sid)).Attempts[0].Free);
        await UntilAsync(() => _post.Dispatch.Outstanding is > 20 and < 48);
        Assert.Equal(AttemptStatus.Sent, await StatusAsync(await StartOtherAsync(91)));
        Assert.Contains(2117, _lines.Said);
    }

    [Fact]
    public async Task While_nobody_else_sends_none_fails_for_want_of_room()
    {
        await OpenAsync("slow");
        await FloodAsync(80);

        // All places, and its four fifths of the pauses: what is left of those is for others.
        await UntilAsync(() => _post.Dispatch.Outstanding == 16 + 26);

        Assert.Equal(80, (await _post.Store.Outbox.DepthAsync(CancellationToken.None)).Waiting);
        _answers.Release(80);
        await UntilAsync(() => _post.Kind.Handed.Count == 80 && _post.Dispatch.Outstanding == 0);
    }

    [Fact]
    public async Task That_they_found_no_place_is_said_seldom_and_that_a_carrier_refused_each_time()
    {
        await OpenAsync("slow");
        await FloodAsync(20);
        await UntilAsync(() => _post.Dispatch.Outstanding == 20);
        _post.Time.Advance(TimeSpan.FromSeconds(9));
        await UntilAsync(() => _lines.Said.Contains(2116));
        _post.Kind.Answer("quick", new SendOutcome.Refused(DeliveryError.UnknownNumber, "x"));
        for (var number = 85; number < 90; number++)
            Assert.Equal(AttemptStatus.Failed, await StatusAsync(await StartOtherAsync(number)));

        Assert.Equal((1, 5), (_lines.Said.Count(id => id == 2116), _lines.Said.Count(id => id == 2103)));
    }

    [Fact]
    public async Task A_message_that_is_given_up_is_told_of_but_where_its_number_is_at_fault_and_many_are_counted()
    {
        await OpenAsync("slow");
        _post.Kind.Answer("quick", new SendOutcome.Refused(DeliveryError.UnknownNumber, "x"));
        Assert.Equal(AttemptStatus.Failed, await StatusAsync(await StartOtherAsync(85)));
        Assert.DoesNotContain(2119, _lines.Said);

        _post.Kind.Answer("quick", new SendOutcome.Refused(DeliveryError.ContentTooLong, "30410"));
        for (var number = 30; number < 60; number++)
            Assert.Equal(AttemptStatus.Failed, await StatusAsync(await StartOtherAsync(number)));

        Assert.Equal((20, 20), (_lines.Said.Count(id => id == 2119), _lines.Said.Count(id => id == 2103)));
    }

    /// <summary>An account whose carriers take one message at a time and answer when the test says so, and another with one that answers at once.</summary>
    async Task OpenAsync(params string[] slow)
    {
        _others = _post.Service with { Sid = Given.OtherService, AccountSid = Other };
        await _post.Store.Services.CreateAsync(_others, CancellationToken.None);
        await _post.Store.Carriers.PutAsync(Other, "quick", _ => Post.Definition("quick") with { AccountSid = Other }, CancellationToken.None);
        await _post.OpenAsync(slow);
        foreach (var name in slow)
        {
            await _post.Store.Carriers.PutAsync(Given.Account, name, before => before! with { MaxInFlight = 1 }, CancellationToken.None);
            _post.Kind.Answer(name, async (_, _) =>
            {
                await _answers.WaitAsync(CancellationToken.None);
                return new SendOutcome.Accepted(name);
            });
        }
    }

    async Task<List<Verification>> FloodAsync(int count)
    {
        var started = new List<Verification>();
        for (var message = 0; message < count; message++)
        {
            _post.Time.Advance(TimeSpan.FromMilliseconds(1));
            started.Add(await _post.StartAsync(Number(5 + message)));
        }

        return started;
    }

    Task<Verification> StartOtherAsync(int number) => _post.StartAsync(Number(number), service: _others);

    /// <summary>What became of its message, while no time goes by.</summary>
    async Task<AttemptStatus> StatusAsync(Verification started)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            if (await _post.Store.Attempts.FindAsync(started.Attempts[0].Sid, CancellationToken.None) is { } record)
                return record.Status;
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(20), "It did not go out.");
            await Task.Yield();
        }
    }

    static PhoneNumber Number(int number) => PhoneNumber.Restore($"+467017406{number:00}");

    static async Task UntilAsync(Func<bool> condition)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waiting.Elapsed < TimeSpan.FromSeconds(20), "It did not come to that.");
            await Task.Yield();
        }
    }

    /// <summary>The numbers of the lines that were logged.</summary>
    sealed class Lines : ILogger<DeliverMessage>, ILogger<AskCarrier>, ILogger<DispatchMessages>
    {
        readonly List<int> _said = [];

        public IReadOnlyList<int> Said
        {
            get
            {
                lock (_said)
                    return [.. _said];
            }
        }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_said)
                _said.Add(eventId.Id);
        }
    }
}
