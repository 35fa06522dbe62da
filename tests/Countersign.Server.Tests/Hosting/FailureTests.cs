using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Countersign.Server.Tests.Delivery;
using Countersign.Server.Tests.Running;
using Countersign.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Countersign.Server.Tests.Hosting;

/// <summary>What callers and operators are told when we fail.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task A_bug_is_a_500_with_a_trace_id_that_finds_the_log_line_and_neither_repeats_the_exceptions_words()
    {
        var clock = new BrokenClock();
        await using var server = await RunningServer.StartAsync([], services => services.AddSingleton<TimeProvider>(clock));
        (await server.Api.GetAsync(RunningServer.ServicePath)).AssertStatus(200);
        clock.Problem = new NotSupportedException($"quoted {server.NewNumber()}");

        var answer = await server.Api.PostAsync(RunningServer.ServicePath, ("CodeLength", "7"));
        clock.Problem = null;

        answer.AssertError(500, 20500, "internal_error");
        Assert.DoesNotContain("quoted", answer.Body, StringComparison.Ordinal);
        var line = await server.Logs.WaitForAsync(line => line.EventId == 9002);
        Assert.Contains(answer.Text("details.trace_id")!, line.Text, StringComparison.Ordinal);
        Assert.Contains(nameof(NotSupportedException), line.Text, StringComparison.Ordinal);
        (await server.Api.PostAsync(RunningServer.ServicePath, ("CodeLength", "7"))).AssertStatus(200);
    }

    [Fact]
    public async Task A_store_that_fails_is_a_503_that_says_when_to_come_back_and_nothing_of_the_request_was_kept()
    {
        await using var server = await RunningServer.StartAsync([]);
        var number = server.NewNumber();
        (await server.Api.GetAsync(RunningServer.ServicePath)).AssertStatus(200);

        Execute(server, "ALTER TABLE outbox_slot RENAME TO hidden");
        var refused = await server.Api.StartAsync(number);
        var service = await server.Api.GetAsync(RunningServer.ServicePath);
        Execute(server, "ALTER TABLE hidden RENAME TO outbox_slot");
        var accepted = await server.Api.StartAsync(number);

        refused.AssertError(503, 20503, "store_unavailable").AssertRetryIn(1);
        service.AssertStatus(200);
        Assert.Equal(1, accepted.AssertStatus(201).At("send_code_attempts").GetArrayLength());
        Assert.Equal("approved", (await server.Api.CheckAsync(number, await server.CodeAsync(number))).Text("status"));
        await server.Logs.WaitForAsync(line => line.EventId == 9001);
    }

    [Fact]
    public async Task A_start_for_which_a_store_has_too_much_waiting_is_a_503_that_says_when_to_come_back_and_counts_for_nothing()
    {
        FullStore? store = null;
        await using var server = await RunningServer.StartAsync(
            [], services => services.AddSingleton<IVerificationStore>(provider => store = new FullStore(provider.GetRequiredService<IStores>().Verifications)));
        var number = server.NewNumber();
        (await server.Api.StartAsync(number)).AssertStatus(201);

        store!.IsFull = true;
        for (var again = 0; again < 12; again++)
            (await server.Api.StartAsync(number)).AssertError(503, 20503, "overloaded").AssertRetryIn(1);
        var check = await server.Api.CheckAsync(number, "000000");
        store.IsFull = false;
        var resent = await server.Api.StartAsync(number);

        Assert.Equal("pending", check.AssertStatus(200).Text("status"));
        Assert.Equal(2, resent.AssertStatus(201).At("send_code_attempts").GetArrayLength());
    }

    [Fact(SkipUnless = nameof(CanDeleteOpenFiles), Skip = "Open files cannot be deleted here.")]
    public async Task A_data_directory_that_is_gone_is_a_503_everywhere_with_one_line_in_the_log()
    {
        await using var server = await RunningServer.StartAsync([]);
        var number = server.NewNumber();
        (await server.Api.StartAsync(number)).AssertStatus(201);
        var code = await server.CodeAsync(number);
        var directory = Path.GetDirectoryName(server.DatabasePath)!;

        Directory.Delete(directory, recursive: true);
        server.Clock.Advance(TimeSpan.FromSeconds(2));
        var start = await server.Api.StartAsync(server.NewNumber());
        var check = await server.Api.CheckAsync(number, code);
        var ready = await server.Api.GetAsync("/health/ready");
        var live = await server.Api.GetAsync("/health/live");

        start.AssertError(503, 20503, "store_unavailable");
        check.AssertError(503, 20503, "store_unavailable");
        Assert.StartsWith("lost: ", ready.AssertStatus(503).Text("store"), StringComparison.Ordinal);
        live.AssertStatus(200);
        Assert.Single(server.Logs.Lines, line => line.EventId == 3101);

        // Nor do those that look each second add to it.
        for (var second = 0; second < 20; second++)
        {
            server.Clock.Advance(TimeSpan.FromSeconds(1));
            (await server.Api.StartAsync(server.NewNumber())).AssertStatus(503);
        }

        Assert.DoesNotContain(server.Logs.Lines, line => line.EventId is 9106 or 9107 or 9120);
        Directory.CreateDirectory(directory);
    }

    [Fact]
    public async Task A_request_that_uses_up_the_time_of_a_stop_takes_none_from_what_a_carrier_has_in_its_hands()
    {
        await using var wired = await Wired.StartAsync(services => services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(200)));
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var peer = await wired.AddTwilioAsync("acme", Wired.Taken(1));
        peer.Until = answer.Task;
        var started = await wired.StartAsync(Wired.NewNumber());
        await UntilAsync(() => peer.Requests.Count == 1);
        using var slow = await HoldAsync(wired.Server);

        // By the time that it is the outbox's turn the host's time is over.
        var stop = wired.Server.StopAsync();
        await wired.Server.Logs.WaitForAsync(line => line.EventId == 2111);
        answer.SetResult();
        await stop;

        var attempt = await wired.Server.Services.GetRequiredService<IStores>().Attempts.FindAsync(Sid.Parse(Wired.AttemptOf(started), "VL"), CancellationToken.None);
        Assert.Equal(AttemptStatus.Sent, attempt?.Status);
        Assert.DoesNotContain(wired.Server.Logs.Lines, line => line.EventId == 2112);
    }

    [Fact]
    public async Task A_server_that_was_told_to_stop_takes_no_message_out_however_long_a_request_holds_it_up()
    {
        await using var wired = await Wired.StartAsync();
        var peer = await wired.AddTwilioAsync("acme", Wired.Taken(1));
        var services = wired.Server.Services;
        var service = await services.GetRequiredService<IServiceStore>().FindAsync(Sid.Parse(RunningServer.ServiceSid, "VA"), CancellationToken.None);
        using var slow = await HoldAsync(wired.Server);
        var stop = wired.Server.StopAsync();
        await UntilAsync(() => services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);

        await services.GetRequiredService<CreateVerification>().RunAsync(
            new CreateVerificationCommand { Service = service!, To = PhoneNumber.Restore(Wired.NewNumber()), Channel = Channel.Sms, Details = new VerificationDetails() }, CancellationToken.None);
        Assert.False(stop.IsCompleted);
        slow.Dispose();
        await stop;

        Assert.Equal(1, (await services.GetRequiredService<IStores>().Outbox.DepthAsync(CancellationToken.None)).Waiting);
        Assert.Empty(peer.Requests);
    }

    public static bool CanDeleteOpenFiles => !OperatingSystem.IsWindows();

    /// <summary>A request that anybody may make, whose body the server waits for and which does not come.</summary>
    static Task<RawConnection> HoldAsync(RunningServer server) =>
        RawConnection.HoldAsync(server.Address, $"POST /callbacks/acme/{RunningServer.AccountSid} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n");

    static async Task UntilAsync(Func<bool> condition)
    {
        var waiting = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waiting.Elapsed < RunningServer.Patience, "It did not come to that.");
            await Task.Yield();
        }
    }

    /// <summary>Refuses what a caller wants sent, as a store does whose messages nobody takes.</summary>
    sealed class FullStore(IVerificationStore inner) : IVerificationStore
    {
        public bool IsFull { get; set; }

        public Task ApplyAsync(VerificationStep step, CancellationToken ct) =>
            IsFull && step.VerificationSid is null && step.Decide(null, DateTimeOffset.UnixEpoch).Send is not null ? throw new StoreOverloadedException() : inner.ApplyAsync(step, ct);
    }

    static void Execute(RunningServer server, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={server.DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
