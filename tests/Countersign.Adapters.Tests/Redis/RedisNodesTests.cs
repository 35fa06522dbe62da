using System.Diagnostics;
using System.Text;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Redis;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;

namespace Countersign.Adapters.Tests.Redis;

/// <summary>Several nodes on one Redis, and what is left when one of them, or PostgreSQL, is away.</summary>
public sealed class RedisNodesTests : IAsyncLifetime
{
    readonly RedisHome _home = new() { Configure = settings => settings with { NodeLife = TimeSpan.FromSeconds(1) } };
    PostgresStore _postgres = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _postgres = await _home.OpenPostgresAsync();

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task What_one_node_ended_the_other_sees_whatever_it_remembers()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await RememberedSteps.AnEndElsewhereIsSeenAsync(one.Verifications, other.Verifications, _home.Time.GetUtcNow());
    }

    [Fact]
    public async Task What_another_node_put_in_the_place_of_what_this_one_remembers_is_what_guesses_count_for()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await RememberedSteps.AnotherInItsPlaceIsSeenAsync(one.Verifications, other.Verifications, _home.Time.GetUtcNow());
    }

    [Fact]
    public async Task What_one_node_counted_the_other_refuses()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await SharedCountsOverStores.WhatOneCountsTheOtherRefusesAsync(one.GuardWire, other.GuardWire, _home.Time);
    }

    [Fact]
    public async Task What_one_node_hears_of_messages_that_the_other_sent_the_other_learns()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await RouteNewsOverStores.WhatOneHearsOfTheOthersMessagesTheOtherLearnsAsync(one.GuardWire, other.GuardWire, _home.Time);
    }

    [Fact]
    public async Task What_is_handed_in_at_one_node_is_good_once_at_the_other()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await ChallengesOverStores.WhatIsHandedInAtOneIsGoodOnceAtTheOtherAsync((one.Verifications, one.GuardWire), (other.Verifications, other.GuardWire), _home.Time);
    }

    [Fact]
    public async Task Guesses_by_SID_are_seen_by_the_next_start()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await RememberedSteps.GuessesBySidAreSeenByTheNextStartAsync(one.Verifications, other.Verifications, _home.Time.GetUtcNow());
    }

    [Fact]
    public async Task A_guess_that_comes_between_is_seen_by_the_start_that_takes_its_place()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await RememberedSteps.AGuessThatComesBetweenIsSeenByTheStartAsync(one.Verifications, other.Verifications, _home.Time.GetUtcNow());
    }

    [Fact]
    public async Task Guesses_that_two_nodes_count_by_turns_all_count()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        await RememberedSteps.GuessesByTurnsAllCountAsync(one.Verifications, other.Verifications, _home.Time.GetUtcNow());
    }

    [Fact]
    public async Task Of_fifty_checks_on_two_nodes_at_once_five_are_evaluated_and_one_approves_at_most()
    {
        await using var one = await OpenAsync();
        await using var other = await OpenAsync();
        foreach (var right in new[] { 0, 1, 10, 50 })
        {
            var (here, there) = (new Desk(one.Verifications, _home.Time, seed: right + 1), new Desk(other.Verifications, _home.Time, seed: right + 100));
            var started = await here.StartedAsync(Given.Number(right));
            var code = here.CodeOf(started);

            var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => Task.Run(
                () => (number % 2 == 0 ? here : there).CheckAsync(number % (50 / Math.Max(right, 1)) == 0 && right > 0 ? code : Desk.WrongFor(code), Given.Number(right)))));

            var evaluated = results.OfType<CheckVerificationResult.Checked>().Select(result => result.Verification).ToList();
            Assert.InRange(evaluated.Count, 1, 5);
            Assert.Equal(Enumerable.Range(1, evaluated.Count), evaluated.Select(verification => verification.Checks).Order());
            Assert.InRange(evaluated.Count(verification => verification.Status == VerificationStatus.Approved), 0, 1);
            Assert.True(evaluated.Count == 5 || evaluated.Exists(verification => verification.Status == VerificationStatus.Approved));
        }
    }

    [Fact]
    public async Task What_a_dead_node_did_not_send_another_sends_once()
    {
        // Its clock stands still: it gives no more signs of life.
        await using var dead = await OpenAsync(new FakeTimeProvider());
        var sent = await SendAsync(dead, 0, 40);
        var taken = await dead.Outbox.ClaimAsync(10, Ct);
        await dead.Outbox.RecordAsync([.. taken.Take(3).Select(Sent)], Ct);

        // Not before: on a busy machine it might take over what is still being recorded.
        await using var alive = await OpenAsync();
        var claimed = await ClaimAsync(alive, 37);

        Assert.Equal(sent.Except(taken.Take(3).Select(item => item.Attempt.Sid)), claimed.Select(item => item.Attempt.Sid));
        await alive.Outbox.RecordAsync([.. claimed.Select(Sent)], Ct);
        await AssertEmptyAsync(alive);
    }

    [Fact]
    public async Task A_node_that_was_paused_leaves_to_the_others_what_they_took_over()
    {
        var clock = new FakeTimeProvider();
        await using var paused = await OpenAsync(clock);
        await using var alive = await OpenAsync();
        await SendAsync(paused, 0, 20);
        var inFlight = await paused.Outbox.ClaimAsync(5, Ct);
        var claimed = await ClaimAsync(alive, 20);

        clock.Advance(TimeSpan.FromSeconds(2));
        await paused.Outbox.RecordAsync([.. inFlight.Select(Sent)], Ct);
        var fresh = await SendAsync(paused, 100, 1);

        // It sends what is new, and nothing of what is another's by now.
        Assert.Equal(fresh[0], Assert.Single(await paused.Outbox.ClaimAsync(100, Ct)).Attempt.Sid);
        await alive.Outbox.RecordAsync([.. claimed.Select(Sent)], Ct);
        Assert.Equal(0, (await alive.Outbox.DepthAsync(Ct)).Waiting);
    }

    [Fact]
    public async Task A_node_that_closes_leaves_at_once_what_it_did_not_send()
    {
        await using var stays = await OpenAsync();
        List<Sid> sent;
        await using (var leaves = await OpenAsync())
            sent = await SendAsync(leaves, 0, 1500);

        Assert.Equal(sent, (await ClaimAsync(stays, 1500)).Select(item => item.Attempt.Sid));
    }

    [Fact]
    public async Task History_comes_to_PostgreSQL_and_answers_when_Redis_has_forgotten()
    {
        await using var store = await OpenAsync();
        var started = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        await store.Verifications.ChangeAsync(started.Sid, current => current with { Checks = 2 });
        await WaitForHistoryAsync(store);
        await FlushAsync();

        Assert.Null(await store.Verifications.FindAsync(1));
        Same.Verification(started with { Checks = 2 }, await store.Verifications.FindAsync(started.Sid));

        await store.Verifications.ChangeAsync(started.Sid, current => current with { Checks = 3 });
        await WaitForHistoryAsync(store);
        await FlushAsync();
        Same.Verification(started with { Checks = 3 }, await store.Verifications.FindAsync(started.Sid));
    }

    [Fact]
    public async Task When_too_much_waits_for_PostgreSQL_nothing_new_starts_and_all_else_goes_on()
    {
        // Started by another node, since the one that has too much waiting may find that out before it starts anything.
        await using var other = await OpenAsync();
        var started = await other.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));
        _home.Configure = settings => settings with { MaxHistory = -1 };
        await using var store = await OpenAsync();
        await store.BringHistoryAsync();

        await Assert.ThrowsAsync<StoreOverloadedException>(() => store.Verifications.SendAsync(2, Given.Verification(2, Desk.Opening)));
        await store.Verifications.ChangeAsync(started.Sid, current => current with { Checks = 1 });
        Assert.Equal(1, (await store.Verifications.FindAsync(1))!.Checks);
    }

    [Fact]
    public async Task A_node_that_knows_of_too_many_messages_without_an_outcome_refuses_starts_and_all_else_goes_on()
    {
        _home.Configure = settings => settings with { MaxKnown = FullOutbox.Limit };
        await using var store = await OpenAsync();

        await FullOutbox.OnlyWhatSendsIsRefusedAsync(store.Verifications, store.Outbox);
    }

    [Fact]
    public async Task Another_number_of_groups_than_that_of_the_first_start_is_refused()
    {
        await using (await OpenAsync())
        {
        }

        _home.Configure = settings => settings with { Groups = 32 };

        var problem = await Assert.ThrowsAsync<RedisSettingsException>(() => OpenAsync());

        Assert.Contains($"Set it to {RedisSettings.DefaultGroups}", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Functions_that_are_gone_are_given_to_Redis_again()
    {
        // A cluster of its own: the other tests use the functions too.
        await using var cluster = await RedisCluster.StartAsync();
        await using var home = new RedisHome(cluster);
        await using var postgres = await home.OpenPostgresAsync();
        await using var store = await home.OpenRedisAsync(postgres.History);
        await using (var redis = await ConnectionMultiplexer.ConnectAsync(cluster.Configuration))
        {
            foreach (var server in redis.GetServers().Where(server => !server.IsReplica))
                await server.ExecuteAsync("FUNCTION", "FLUSH", "SYNC");
        }

        var started = await store.Verifications.SendAsync(1, Given.Verification(1, Desk.Opening));

        Same.Verification(started, await store.Verifications.FindAsync(1));
    }

    [Fact]
    public async Task No_number_and_no_code_lies_in_Redis()
    {
        await using var store = await OpenAsync();
        var desk = new Desk(store.Verifications, _home.Time);
        desk.Service = desk.Service with { CustomCodeEnabled = true };
        var details = new VerificationDetails { Payee = "Owl & Sons", Amount = "39.99 EUR", Tags = new Dictionary<string, string> { ["tag"] = "wisdom" } };
        var started = await desk.StartedAsync(Desk.Bob, details: details);
        await desk.StartedAsync(Desk.Ann, customCode: "7193856204");

        var everything = await DumpAsync();

        Assert.Contains(Encoding.Latin1.GetString(started.ServiceSid.Value == default ? [] : Bytes(started.ServiceSid)), everything, StringComparison.Ordinal);
        Assert.All(
            ["447700900456", "7700900456", "4155550123", "7193856204", desk.CodeOf(started), "Owl & Sons", "39.99", "wisdom"],
            secret => Assert.DoesNotContain(secret, everything, StringComparison.Ordinal));
    }

    static SendRecord Sent(OutboxItem item) => OutboxConformance.Sent(item);

    static byte[] Bytes(Sid sid)
    {
        var bytes = new byte[16];
        sid.WriteTo(bytes);
        return bytes;
    }

    Task<RedisStore> OpenAsync(TimeProvider? clock = null) => _home.OpenRedisAsync(_postgres.History, clock);

    static async Task<List<Sid>> SendAsync(RedisStore store, int from, int count)
    {
        var started = await Task.WhenAll(Enumerable.Range(from, count).Select(number => store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening.AddMilliseconds(number)))));
        return [.. started.Select(verification => verification.Attempts[0].Sid)];
    }

    static async Task<List<OutboxItem>> ClaimAsync(RedisStore store, int count)
    {
        var items = new List<OutboxItem>();
        while (items.Count < count)
            items.AddRange(await store.Outbox.ClaimAsync(count - items.Count, Ct));
        return items;
    }

    static async Task AssertEmptyAsync(RedisStore store)
    {
        Assert.Equal(0, (await store.Outbox.DepthAsync(Ct)).Waiting);
        using var cancel = new CancellationTokenSource();
        var claim = store.Outbox.ClaimAsync(1, cancel.Token).AsTask();
        await store.Verifications.FindAsync(0);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => claim);
    }

    async Task WaitForHistoryAsync(RedisStore store)
    {
        // What another round took is saved by it; the round after it finds nothing left.
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await RedisCluster.SharedAsync()).Configuration);
        for (var waited = Stopwatch.StartNew(); ;)
        {
            await store.BringHistoryAsync();
            var left = 0L;
            for (var group = 0; group < RedisSettings.DefaultGroups; group++)
                left += await redis.GetDatabase().StreamLengthAsync(_home.KeyOf(group, "c"));
            if (left == 0)
                return;
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "History does not come to PostgreSQL.");
        }
    }

    /// <summary>Removes the verifications of this home, as time does.</summary>
    async Task FlushAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await RedisCluster.SharedAsync()).Configuration);
        foreach (var server in redis.GetServers().Where(server => !server.IsReplica))
        {
            foreach (var key in server.Keys(pattern: _home.KeyOf(0, "").Replace("0}:", "*}:[dv]:*", StringComparison.Ordinal)))
                await redis.GetDatabase().KeyDeleteAsync(key);
        }
    }

    async Task<string> DumpAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync((await RedisCluster.SharedAsync()).Configuration);
        var everything = new StringBuilder();
        foreach (var server in redis.GetServers().Where(server => !server.IsReplica))
        {
            foreach (var key in server.Keys(pattern: _home.KeyOf(0, "").Replace("0}:", "*", StringComparison.Ordinal)))
                everything.Append(Encoding.Latin1.GetString((byte[])key!)).Append(Encoding.Latin1.GetString((await redis.GetDatabase().KeyDumpAsync(key))!));
        }

        return everything.ToString();
    }
}
