using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Guard.Limits;
using Countersign.Core.Privacy;
using Countersign.Core.Registry;
using Countersign.Core.Services;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.PostgreSql;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>Two nodes on one database.</summary>
public sealed class PostgresNodesTests : IAsyncLifetime
{
    static readonly Sid Key = Sid.Parse("SK00000000000000000000000000000001", "SK");

    /// <summary>Far more than a notification takes; a revocation must be known within a second.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    readonly PostgresHome _home = new();
    PostgresStore _here = null!;
    PostgresStore _there = null!;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _here = await _home.OpenPostgresAsync();
        _there = await _home.OpenPostgresAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _here.DisposeAsync();
        if (_there != _here)
            await _there.DisposeAsync();
        await _home.DisposeAsync();
    }

    [Fact]
    public Task What_one_node_ended_the_other_sees_whatever_it_remembers() =>
        RememberedSteps.AnEndElsewhereIsSeenAsync(_here.Verifications, _there.Verifications, _home.Time.GetUtcNow());

    [Fact]
    public Task What_another_node_put_in_the_place_of_what_this_one_remembers_is_what_guesses_count_for() =>
        RememberedSteps.AnotherInItsPlaceIsSeenAsync(_here.Verifications, _there.Verifications, _home.Time.GetUtcNow());

    [Fact]
    public Task A_guess_that_comes_between_is_seen_by_the_start_that_takes_its_place() =>
        RememberedSteps.AGuessThatComesBetweenIsSeenByTheStartAsync(_here.Verifications, _there.Verifications, _home.Time.GetUtcNow());

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public Task Guesses_by_SID_are_seen_by_the_next_start(bool elsewhere) =>
        RememberedSteps.GuessesBySidAreSeenByTheNextStartAsync(_here.Verifications, (elsewhere ? _there : _here).Verifications, _home.Time.GetUtcNow());

    [Fact]
    public Task What_one_node_counted_the_other_refuses() => SharedCountsOverStores.WhatOneCountsTheOtherRefusesAsync(_here.GuardWire, _there.GuardWire, _home.Time);

    [Fact]
    public Task What_one_node_hears_of_messages_that_the_other_sent_the_other_learns() =>
        RouteNewsOverStores.WhatOneHearsOfTheOthersMessagesTheOtherLearnsAsync(_here.GuardWire, _there.GuardWire, _home.Time);

    [Fact]
    public Task What_is_handed_in_at_one_node_is_good_once_at_the_other() =>
        ChallengesOverStores.WhatIsHandedInAtOneIsGoodOnceAtTheOtherAsync((_here.Verifications, _here.GuardWire), (_there.Verifications, _there.GuardWire), _home.Time);

    [Fact]
    public async Task A_node_sees_others_while_they_live_whether_they_say_anything_or_not()
    {
        await using var database = await PostgresDatabase.OpenAsync(_home.ConnectionString, _home.Sealer.Ring, TimeProvider.System, null, Ct);
        var node = new PostgresNode(database, 77, TimeSpan.FromSeconds(15));
        await node.BeatAsync(Ct);
        Assert.True(node.SeesOthers);
        Assert.True(_there.GuardWire.SeesOthers);

        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await node.BeatAsync(Ct);
        Assert.False(node.SeesOthers);

        _here = _there = await _home.OpenPostgresAsync();
        await node.BeatAsync(Ct);
        Assert.True(node.SeesOthers);
    }

    [Fact]
    public async Task After_an_outage_nobody_is_dead_until_all_have_had_time_to_say_that_they_live()
    {
        var clock = new FakeTimeProvider();
        await using var database = await PostgresDatabase.OpenAsync(_home.ConnectionString, _home.Sealer.Ring, TimeProvider.System, null, Ct);
        var node = new PostgresNode(database, 77, TimeSpan.FromSeconds(15), clock);
        await node.BeatAsync(Ct);
        Assert.True(node.MayJudge);

        clock.Advance(TimeSpan.FromSeconds(17));
        Assert.False(node.MayJudge);
        for (var second = 0; second < 15; second++)
        {
            await node.BeatAsync(Ct);
            Assert.False(node.MayJudge);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        await node.BeatAsync(Ct);
        Assert.True(node.MayJudge);
    }

    [Fact]
    public async Task A_node_that_has_no_connection_left_for_callers_says_that_it_lives_and_keeps_its_messages()
    {
        await using var node = await _home.OpenPostgresAsync(settings: ";Maximum Pool Size=4;Command Timeout=60;Timeout=60");
        await node.Verifications.SendAsync(1, Given.Verification(1, _home.Time.GetUtcNow()));
        var item = Assert.Single(await ClaimAsync(node, 1));
        await using var blocker = await BlockReceiptsAsync();
        var stuck = Enumerable.Range(0, 10).Select(_ => ReceiveUnknownAsync(node)).ToList();
        await UntilAsync(async () => await ScalarAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") >= 3);
        var stuckAt = await ScalarAsync("SELECT extract(epoch FROM clock_timestamp())::bigint");

        using var limit = new CancellationTokenSource();
        var taken = _there.Outbox.ClaimAsync(10, limit.Token).AsTask();
        await UntilAsync(async () => taken.IsCompleted || await ScalarAsync("SELECT extract(epoch FROM max(seen_at))::bigint FROM node WHERE id IN (SELECT owner FROM outbox)") > stuckAt + 3);

        Assert.False(taken.IsCompleted, "Another node took what this one is sending.");
        Assert.Equal(1, (await node.Outbox.DepthAsync(Ct).AsTask().WaitAsync(Patience, Ct)).Waiting);

        await limit.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => taken);
        await blocker.DisposeAsync();
        await Task.WhenAll(stuck);
        await node.Outbox.RecordAsync([OutboxConformance.Sent(item)], Ct);
    }

    [Fact]
    public async Task Changes_of_configuration_do_not_wait_for_long_behind_those_that_stand_still()
    {
        await using var node = await _home.OpenPostgresAsync(settings: ";Command Timeout=60");
        await using var blocker = await BlockAsync("service");
        var stuck = Enumerable.Range(0, 4).Select(_ => node.Services.UpdateAsync(Given.Service, service => service, Ct)).ToList();

        await Assert.ThrowsAsync<StoreOverloadedException>(() => node.Services.UpdateAsync(Given.Service, service => service, Ct));

        await blocker.DisposeAsync();
        await Task.WhenAll(stuck);
    }

    [Fact]
    public async Task Of_callers_that_wait_for_a_connection_one_too_many_is_refused_at_once_and_what_the_node_does_by_itself_is_not()
    {
        await using var node = await _home.OpenPostgresAsync(settings: ";Maximum Pool Size=6;Command Timeout=60;Timeout=60");
        await using var blocker = await BlockReceiptsAsync();
        var waiting = Enumerable.Range(0, PostgresDatabase.MostServed).Select(_ => ReceiveUnknownAsync(node)).ToList();

        await Assert.ThrowsAsync<StoreOverloadedException>(() => ReceiveUnknownAsync(node));
        await Assert.ThrowsAsync<StoreOverloadedException>(async () => await node.Attempts.FindAsync(Given.Attempt(Desk.Opening).Sid, Ct));
        await Assert.ThrowsAsync<StoreOverloadedException>(() => node.Services.ListAsync(Given.Account, new PageRequest(1, null), Ct));
        var alarms = node.Alarms.DueAsync(10, Ct).AsTask();
        Assert.False(alarms.IsCompleted);

        await blocker.DisposeAsync();
        await Task.WhenAll(waiting);
        Assert.Empty(await alarms);
        await ReceiveUnknownAsync(node);
    }

    [Fact]
    public async Task What_is_left_of_a_row_is_left_to_each_node_that_comes_after_the_other()
    {
        await _there.DisposeAsync();
        _there = _here;
        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => _here.Verifications.SendAsync(number, Given.Verification(number, _home.Time.GetUtcNow()))));
        var items = await ClaimAsync(_here, 40);

        // Of the row with the most messages the fewest are left.
        var row = items.GroupBy(item => item.Position).MaxBy(row => row.Count())!.ToList();
        var left = row.Take(3).Select(item => item.Attempt.Sid).ToHashSet();
        await _here.Outbox.RecordAsync([.. items.Where(item => !left.Contains(item.Attempt.Sid)).Select(OutboxConformance.Sent)], Ct);
        await _here.DisposeAsync();
        _here = _there = await _home.OpenPostgresAsync();
        Assert.Equal(left, (await ClaimAsync(_here, left.Count)).Select(item => item.Attempt.Sid).ToHashSet());
        await _here.DisposeAsync();

        _here = _there = await _home.OpenPostgresAsync();
        var taken = await ClaimAsync(_here, left.Count);
        Assert.Equal(left, taken.Select(item => item.Attempt.Sid).ToHashSet());
        Assert.Equal(left.Count, (await _here.Outbox.DepthAsync(Ct)).Waiting);

        await _here.Outbox.RecordAsync([.. taken.Select(OutboxConformance.Sent)], Ct);
        Assert.Equal(0L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task Outcomes_that_two_nodes_record_are_kept_and_counted_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 12).Select(number => _here.Verifications.SendAsync(number, Given.Verification(number, _home.Time.GetUtcNow()))));
        var records = (await ClaimAsync(_here, 12)).ConvertAll(OutboxConformance.Sent);
        await _here.Outbox.RecordAsync(records[..5], Ct);

        await _there.Outbox.RecordAsync(records, Ct);
        await _here.Outbox.RecordAsync(records[3..], Ct);

        Assert.Equal(12L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM attempt"));
        Assert.Equal(12L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT sum(sends)::bigint FROM rollup"));
        Assert.Equal(0L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task An_outcome_that_is_recorded_again_tells_again_what_its_early_receipt_said()
    {
        for (var number = 0; number < 3; number++)
            await _here.Verifications.SendAsync(number, Given.Verification(number, _home.Time.GetUtcNow()));
        var records = (await ClaimAsync(_here, 3)).ConvertAll(item => OutboxConformance.Sent(item) with { Carrier = "acme" });
        await _here.Attempts.ReceiveAsync(
            Given.Account,
            "acme",
            [
                new Receipt { AttemptSid = records[0].Item.Attempt.Sid, Status = ReceiptStatus.Undelivered, Error = DeliveryError.FraudBlock },
                new Receipt { AttemptSid = records[1].Item.Attempt.Sid, Status = ReceiptStatus.Delivered },
            ],
            Ct);

        var first = await _here.Outbox.RecordAsync(records[..2], Ct);
        var again = await _here.Outbox.RecordAsync(records, Ct);

        Assert.Equal(records[..2].Select(record => record.Item.Attempt.Sid).ToHashSet(), first.Changed.Select(attempt => attempt.Sid).ToHashSet());
        Assert.Empty(first.SaidAgain);
        Assert.Empty(again.Changed);
        Assert.Equal((records[0].Item.Attempt.Sid, DeliveryError.FraudBlock), (Assert.Single(again.SaidAgain).Sid, again.SaidAgain[0].Error));
    }

    [Fact]
    public async Task A_carriers_id_with_a_NUL_does_not_hold_up_what_is_recorded_with_it()
    {
        var items = new List<OutboxItem>();
        for (var number = 0; number < 2; number++)
            await _here.Verifications.SendAsync(number, Given.Verification(number, _home.Time.GetUtcNow()));
        while (items.Count < 2)
            items.AddRange(await _here.Outbox.ClaimAsync(10, Ct));

        string[] ids = ["a\0b", "good"];
        await _here.Outbox.RecordAsync(
            [.. items.Select((item, i) => new SendRecord { Item = item, Status = AttemptStatus.Sent, Carrier = "acme", CarrierMessageId = ids[i], At = _home.Time.GetUtcNow() })], Ct);

        Assert.Equal(2L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM attempt"));
    }

    [Fact]
    public Task Guesses_that_two_nodes_count_by_turns_all_count() =>
        RememberedSteps.GuessesByTurnsAllCountAsync(_here.Verifications, _there.Verifications, _home.Time.GetUtcNow());

    [Fact]
    public async Task A_service_that_one_node_makes_changes_and_removes_is_so_on_the_other()
    {
        await _here.Services.CreateAsync(Service("Before"), Ct);
        await UntilAsync(async () => (await _there.Services.FindAsync(Given.Service, Ct))?.FriendlyName == "Before");

        await _there.Services.UpdateAsync(Given.Service, before => before with { FriendlyName = "After" }, Ct);
        await UntilAsync(async () => (await _here.Services.FindAsync(Given.Service, Ct))?.FriendlyName == "After");

        await _here.Services.DeleteAsync(Given.Service, Ct);
        await UntilAsync(async () => await _there.Services.FindAsync(Given.Service, Ct) is null);
    }

    [Fact]
    public async Task Changes_that_both_nodes_make_at_once_all_count()
    {
        await _here.Services.CreateAsync(Service(""), Ct);
        await _here.Carriers.PutAsync(Given.Account, "acme", _ => Carrier(1), Ct);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(number =>
        {
            var node = number % 2 == 0 ? _here : _there;
            return Task.WhenAll(
                node.Services.UpdateAsync(Given.Service, before => before with { FriendlyName = before.FriendlyName + "x" }, Ct),
                node.Carriers.PutAsync(Given.Account, "acme", before => before! with { MaxInFlight = before.MaxInFlight + 1 }, Ct));
        }));

        await UntilAsync(async () => (await _there.Services.FindAsync(Given.Service, Ct))!.FriendlyName.Length == 40);
        await UntilAsync(() => Task.FromResult(_here.Carriers.Find(Given.Account, "acme")!.MaxInFlight == 41));
        await UntilAsync(() => Task.FromResult(_there.Carriers.Find(Given.Account, "acme")!.MaxInFlight == 41));
    }

    [Fact]
    public async Task What_two_nodes_add_at_once_stays_within_what_an_account_may_have()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, IRegistry<CarrierDefinition>.MaxPerAccount + 20).Select(number =>
            (number % 2 == 0 ? _here : _there).Carriers.PutAsync(Given.Account, $"c{number}", _ => Carrier(1) with { Name = $"c{number}" }, Ct)));

        Assert.Equal(20, added.Count(entry => entry is null));
        await UntilAsync(() => Task.FromResult(_here.Carriers.All.Count == IRegistry<CarrierDefinition>.MaxPerAccount && _there.Carriers.All.Count == _here.Carriers.All.Count));
        Assert.Equal(_here.Carriers.All.Select(entry => entry.Name), _there.Carriers.All.Select(entry => entry.Name));
    }

    [Fact]
    public async Task What_two_nodes_add_at_once_stays_within_what_a_service_may_have()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 100).Select(number =>
        {
            var limit = new RateLimit
            {
                Sid = Sid.Parse($"RK{number:x32}", "RK"),
                AccountSid = Given.Account,
                ServiceSid = Given.Service,
                UniqueName = $"limit{number}",
                CreatedAt = Desk.Opening,
                UpdatedAt = Desk.Opening,
            };
            return (number % 2 == 0 ? _here : _there).RateLimits.PutAsync(Given.Account, limit.Name, _ => limit, Ct);
        }));

        Assert.Equal(RateLimit.MaxPerService, added.Count(entry => entry is not null));
        await UntilAsync(() => Task.FromResult(_here.RateLimits.All.Count == RateLimit.MaxPerService && _there.RateLimits.All.Count == RateLimit.MaxPerService));
    }

    [Fact]
    public async Task A_key_that_one_node_revokes_is_forgotten_by_the_other()
    {
        await _here.Accounts.CreateKeyAsync(ApiKey(), Ct);
        await UntilAsync(async () => await _there.Accounts.FindKeyAsync(Key, Ct) is not null);
        var forgotten = new TaskCompletionSource<(Sid Sid, ApiKey? Found)>(TaskCreationOptions.RunContinuationsAsynchronously);
        _there.OnCredentialChanged(sid => forgotten.TrySetResult((sid, _there.Accounts.FindKeyAsync(sid, Ct).Result)));

        await _here.Accounts.DeleteKeyAsync(Given.Account, Key, Ct);

        // Gone from memory before anybody is told, or it would be read and remembered once more.
        Assert.Equal((Key, null), await forgotten.Task.WaitAsync(Patience, Ct));
    }

    [Fact]
    public async Task What_one_node_changes_of_an_account_and_a_key_holds_on_the_other()
    {
        var hasher = new SecretHasher(_home.Sealer.Ring);
        var authenticate = new Authenticate(_there.Accounts, hasher);
        _there.OnCredentialChanged(authenticate.Forget);
        await _here.Accounts.SaveAccountAsync(
            new Account { Sid = Given.Account, FriendlyName = "One", AuthToken = new ApiSecret("the first token"), CreatedAt = Desk.Opening }, Ct);
        await _here.Accounts.CreateKeyAsync(ApiKey() with { SecretHash = hasher.Hash(new ApiSecret("the key's secret")), Kind = ApiKeyKind.Restricted, Allow = ["/a/read"] }, Ct);
        await UntilAsync(async () => await KeyAsync() is { IsInactive: false });
        Assert.False((await KeyAsync())!.Permits(new Right("/b/read", false)));

        await _here.Accounts.ChangeKeyAsync(Given.Account, Key, null, ["/b/read"], Ct);
        await UntilAsync(async () => (await KeyAsync())!.Permits(new Right("/b/read", false)) && !(await KeyAsync())!.Permits(new Right("/a/read", false)));
        await _here.Accounts.ChangeAccountAsync(Given.Account, account => account with { SecondaryToken = new ApiSecret("the second token") }, Ct);
        await UntilAsync(async () => await TokenAsync("the second token") is not null);
        await _here.Accounts.ChangeAccountAsync(Given.Account, account => account with { AuthToken = account.SecondaryToken!, SecondaryToken = null }, Ct);
        await UntilAsync(async () => await TokenAsync("the first token") is null && await TokenAsync("the second token") is not null);
        await _here.Accounts.ChangeAccountAsync(Given.Account, account => account with { Status = AccountStatus.Suspended }, Ct);
        await UntilAsync(async () => await KeyAsync() is { IsInactive: true } && await TokenAsync("the second token") is { IsInactive: true });

        Task<Access?> KeyAsync() => authenticate.RunAsync(Key.ToString(), "the key's secret", Ct).AsTask();
        Task<Access?> TokenAsync(string token) => authenticate.RunAsync(Given.Account.ToString(), token, Ct).AsTask();
    }

    [Fact]
    public async Task A_node_whose_connections_were_cut_finds_what_changed_meanwhile()
    {
        await _here.Accounts.CreateKeyAsync(ApiKey(), Ct);
        await UntilAsync(async () => await _there.Accounts.FindKeyAsync(Key, Ct) is not null);

        for (var round = 0; round < 3; round++)
        {
            await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

            // Behind the nodes' backs, and told to nobody.
            await PostgresServer.ExecuteAsync(_home.ConnectionString, "DELETE FROM api_key");
            await UntilAsync(async () => await _there.Accounts.FindKeyAsync(Key, Ct) is null && await _here.Accounts.FindKeyAsync(Key, Ct) is null);

            await UntilAsync(() => TryAsync(() => _here.Accounts.CreateKeyAsync(ApiKey(), Ct)));
            await UntilAsync(async () => await _there.Accounts.FindKeyAsync(Key, Ct) is not null);
        }
    }

    [Fact]
    public async Task Nodes_that_came_to_the_database_while_it_was_read_only_write_once_it_is_not()
    {
        // From another database, since nothing can be set in one that is read-only.
        var name = new NpgsqlConnectionStringBuilder(_home.ConnectionString).Database;
        var elsewhere = new NpgsqlConnectionStringBuilder(_home.ConnectionString) { Database = "postgres" }.ConnectionString;
        await PostgresServer.ExecuteAsync(elsewhere, $"ALTER DATABASE {name} SET default_transaction_read_only = on");
        await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        var number = 0;
        await UntilAsync(async () => !await TryAsync(StartAsync) && !await TryAsync(() => _here.Accounts.CreateKeyAsync(ApiKey(), Ct)));
        await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => TryAsync(StartAsync)));

        await PostgresServer.ExecuteAsync(elsewhere, $"ALTER DATABASE {name} RESET default_transaction_read_only");

        await UntilAsync(async () => (await Task.WhenAll(Enumerable.Range(0, 300).Select(_ => TryAsync(StartAsync)))).All(done => done));
        await UntilAsync(() => TryAsync(() => _here.Accounts.CreateKeyAsync(ApiKey(), Ct)));

        Task StartAsync()
        {
            var next = Interlocked.Increment(ref number);
            return _here.Verifications.SendAsync(next, Given.Verification(next, _home.Time.GetUtcNow()));
        }
    }

    [Theory]
    [InlineData("serializable")]
    [InlineData("repeatable read")]
    public async Task The_isolation_that_an_operator_set_for_all_is_not_that_of_a_node(string isolation)
    {
        var name = new NpgsqlConnectionStringBuilder(_home.ConnectionString).Database;
        await PostgresServer.ExecuteAsync(_home.ConnectionString, $"ALTER DATABASE {name} SET default_transaction_isolation = '{isolation}'");

        await using var database = await PostgresDatabase.OpenAsync(_home.ConnectionString, _home.Sealer.Ring, TimeProvider.System, null, Ct);
        var found = await database.RunAsync(
            async connection =>
            {
                await using var ask = new NpgsqlCommand("SHOW transaction_isolation", connection);
                return (string?)await ask.ExecuteScalarAsync(Ct);
            },
            Ct);

        Assert.Equal("read committed", found);
    }

    [Fact]
    public async Task A_node_that_cannot_listen_any_more_finds_what_others_change()
    {
        // New connections hear nothing, as behind a pooler that gives them away after each transaction.
        var name = new NpgsqlConnectionStringBuilder(_home.ConnectionString).Database;
        await PostgresServer.ExecuteAsync(
            _home.ConnectionString,
            $"CREATE FUNCTION pg_notify(text, text) RETURNS void LANGUAGE sql AS ''; ALTER DATABASE {name} SET search_path = public, pg_catalog");
        await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

        await UntilAsync(() => TryAsync(() => _here.Accounts.CreateKeyAsync(ApiKey(), Ct)));
        await UntilAsync(async () => await _there.Accounts.FindKeyAsync(Key, Ct) is not null);
        await UntilAsync(() => TryAsync(() => _here.Accounts.DeleteKeyAsync(Given.Account, Key, Ct)));
        await UntilAsync(async () => await _there.Accounts.FindKeyAsync(Key, Ct) is null);
    }

    [Fact]
    public async Task A_node_that_comes_later_has_everything_at_once()
    {
        await _here.Services.CreateAsync(Service("Kept"), Ct);
        await _here.Carriers.PutAsync(Given.Account, "acme", _ => Carrier(3), Ct);

        await using var later = await _home.OpenPostgresAsync();

        Assert.Equal("Kept", (await later.Services.FindAsync(Given.Service, Ct))!.FriendlyName);
        Assert.Equal(3, later.Carriers.Find(Given.Account, "acme")!.MaxInFlight);
    }

    [Fact]
    public async Task An_alarm_that_one_node_is_at_does_not_ring_on_the_other_until_that_closes()
    {
        var verification = Given.Verification(1, Desk.Opening);
        await _here.Verifications.ApplyAsync(
            new RecordedStep((_, now) => new StepDecision(verification, verification.Attempts[^1], WakeAt: now)) { ServiceSid = Given.Service, Destination = Given.Destination(1) }, Ct);

        var due = await Task.WhenAll(_here.Alarms.DueAsync(10, Ct).AsTask(), _there.Alarms.DueAsync(10, Ct).AsTask());

        var alarm = Assert.Single(due.SelectMany(alarms => alarms));
        var (holder, other) = due[0].Count == 1 ? (_here, _there) : (_there, _here);
        Assert.Empty(await other.Alarms.DueAsync(10, Ct));
        Assert.Equal(alarm, Assert.Single(await holder.Alarms.DueAsync(10, Ct)));
        await holder.DisposeAsync();
        Assert.Equal(alarm, Assert.Single(await other.Alarms.DueAsync(10, Ct)));
        (_here, _there) = (other, await _home.OpenPostgresAsync());
    }

    [Fact]
    public async Task An_alarm_of_a_node_that_died_rings_on_another_when_the_claim_is_old()
    {
        var verification = Given.Verification(1, Desk.Opening);
        await _here.Verifications.ApplyAsync(
            new RecordedStep((_, now) => new StepDecision(verification, verification.Attempts[^1], WakeAt: now)) { ServiceSid = Given.Service, Destination = Given.Destination(1) }, Ct);
        await _here.Alarms.DueAsync(10, Ct);
        await PostgresServer.ExecuteAsync(_home.ConnectionString, "UPDATE alarm SET claimed_at = clock_timestamp() - interval '29 s'");
        Assert.Empty(await _there.Alarms.DueAsync(10, Ct));

        await PostgresServer.ExecuteAsync(_home.ConnectionString, "UPDATE alarm SET claimed_at = clock_timestamp() - interval '31 s'");

        Assert.Single(await _there.Alarms.DueAsync(10, Ct));
    }

    [Fact]
    public async Task A_receipt_that_races_with_its_record_on_another_node_is_never_lost()
    {
        for (var number = 1; number <= 40; number++)
        {
            await _here.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening));
            var item = Assert.Single(await _here.Outbox.ClaimAsync(10, Ct));
            var name = $"SM{number}";
            var receipt = new Receipt { AttemptSid = number % 2 == 0 ? item.Attempt.Sid : null, CarrierMessageId = name, Status = ReceiptStatus.Delivered };
            var record = new SendRecord { Item = item, Status = AttemptStatus.Sent, Carrier = "acme", CarrierMessageId = name, At = Desk.Opening };

            var changed = await Task.WhenAll(
                _here.Outbox.RecordAsync([record], Ct), _there.Attempts.ReceiveAsync(Given.Account, "acme", [receipt], Ct), _here.Attempts.ReceiveAsync(Given.Account, "acme", [receipt], Ct));

            Assert.Equal(AttemptStatus.Delivered, (await _there.Attempts.FindAsync(item.Attempt.Sid, Ct))!.Status);

            // And it was told of once, so that what follows from it happens once.
            Assert.Single(changed.SelectMany(received => received.Changed));
        }

        Assert.Equal(0L, await PostgresServer.ExecuteAsync(_home.ConnectionString, "SELECT count(*) FROM early_receipt"));
    }

    [Fact]
    public async Task What_routes_learned_last_is_what_a_node_starts_with()
    {
        await _here.RouteScores.SaveAsync(new() { TakenAt = Desk.Opening }, Ct);
        await _there.RouteScores.SaveAsync(new() { TakenAt = Desk.Opening.AddMinutes(1) }, Ct);
        await _here.RouteScores.SaveAsync(new() { TakenAt = Desk.Opening.AddSeconds(30) }, Ct);

        Assert.Equal(Desk.Opening.AddMinutes(1), (await _here.RouteScores.LoadAsync(Ct))!.TakenAt);
    }

    /// <summary>Whoever keeps receipts that came early waits until this is closed.</summary>
    Task<NpgsqlConnection> BlockReceiptsAsync() => BlockAsync("early_receipt");

    async Task<NpgsqlConnection> BlockAsync(string table)
    {
        var connection = new NpgsqlConnection(_home.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Ct);
        await using var block = new NpgsqlCommand($"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE", connection);
        await block.ExecuteNonQueryAsync(Ct);
        return connection;
    }

    async Task<long> ScalarAsync(string sql) => (long)(await PostgresServer.ExecuteAsync(_home.ConnectionString, sql))!;

    static Task<ReceivedReceipts> ReceiveUnknownAsync(PostgresStore node) =>
        node.Attempts.ReceiveAsync(Given.Account, "acme", [new Receipt { CarrierMessageId = "unknown", Status = ReceiptStatus.Delivered }], Ct);

    /// <summary>Asks until it is so; a test that has to wait for too long has failed.</summary>
    static async Task<List<OutboxItem>> ClaimAsync(PostgresStore store, int count)
    {
        using var limit = new CancellationTokenSource(Patience);
        var items = new List<OutboxItem>();
        while (items.Count < count)
            items.AddRange(await store.Outbox.ClaimAsync(count - items.Count, limit.Token));
        return items;
    }

    static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, "It did not come to be so.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), Ct);
        }
    }

    static async Task<bool> TryAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    static VerifyService Service(string name) =>
        new() { Sid = Given.Service, AccountSid = Given.Account, FriendlyName = name, CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening };

    static ApiKey ApiKey() => new()
    {
        Sid = Key,
        AccountSid = Given.Account,
        FriendlyName = "Key",
        SecretHash = new SecretHash(1, [.. Enumerable.Repeat((byte)1, 32)]),
        CreatedAt = Desk.Opening,
    };

    static CarrierDefinition Carrier(int inFlight) => new()
    {
        AccountSid = Given.Account,
        Name = "acme",
        Kind = "test",
        Settings = new Dictionary<string, string>(),
        Secrets = new Dictionary<string, string>(),
        MaxInFlight = inFlight,
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
    };
}
