using System.Diagnostics;
using System.Globalization;
using Countersign.Bench.Hot;
using Countersign.Bench.Load;
using Countersign.Bench.Servers;
using Countersign.Bench.Stores;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Insight;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Countersign.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Countersign.Bench.Retention;

/// <summary>How long starts wait while old history is removed, against how long they wait anyway.</summary>
static class RetentionVerb
{
    const string Account = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Service = "VAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is ["--help" or "-h", ..])
        {
            Console.WriteLine(RetentionBenchOptions.Help);
            return 0;
        }

        var options = RetentionBenchOptions.Parse(args);
        using var interruption = new Interruption();
        StoreUnderTest.Require(options.Stores);
        using var turn = await OneAtATime.EnterAsync(interruption.Token);
        var machine = Machine.Read(Path.GetTempPath());
        Say($"counting one delivered message in the rollup: {MeasureCounting():0} ns of processor time");
        foreach (var name in options.Stores)
        {
            using var store = await StoreUnderTest.StartAsync(name, interruption.Token);
            var directory = Directory.CreateTempSubdirectory("countersign-bench-");
            try
            {
                await MeasureAsync(options, store, directory.FullName, interruption.Token);
            }
            finally
            {
                directory.Delete(recursive: true);
            }
        }

        Say($"{machine}");
        return 0;
    }

    static async Task MeasureAsync(RetentionBenchOptions options, StoreUnderTest store, string directory, CancellationToken ct)
    {
        await using (var first = Build(store, directory))
        {
            await CountersignHost.StartAsync(first);
            await first.StopAsync(ct);
        }

        var filling = Stopwatch.GetTimestamp();
        var bytes = await FillAsync(options, store, directory, ct);
        Say($"{store.Name}: {options.Rows:N0} old verifications and as many attempts, {bytes / 1e6:N0} MB, in {Stopwatch.GetElapsedTime(filling).TotalSeconds:0} s");

        await using var app = Build(store, directory);
        await CountersignHost.StartAsync(app);
        await Crowds.LetInAsync(app, Service);
        var service = await app.Services.GetRequiredService<IServiceStore>().FindAsync(Sid.Parse(Service, "VA"), ct) ?? throw new BenchException("The service is gone.");
        var starts = new SteadyStarts(app.Services.GetRequiredService<CreateVerification>(), service, new Numbers(new Random()));
        await starts.MeasureFullSpeedAsync(TimeSpan.FromSeconds(5), ct);
        var full = await starts.MeasureFullSpeedAsync(TimeSpan.FromSeconds(5), ct);
        var rate = options.Rate > 0 ? options.Rate : full / 2;
        Say($"full speed {full:N0} starts/s; measured at {rate:N0}");

        Say($"{"",-14}{"starts",10}{"p50 ms",10}{"p99 ms",10}{"p99.9 ms",10}{"max ms",10}{"> 50 ms",10}{"slices",10}{"rows gone",12}{"slice p50",11}{"slice max",11}");
        var retention = app.Services.GetRequiredService<IRetention>();
        for (var round = 0; round < 4; round++)
        {
            // The pass and its pauses are those of the server.
            var timed = new TimedRetention(retention);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var pass = round % 2 == 0 ? Task.CompletedTask : RemoveAsync(timed, stop.Token);
            var waits = await starts.RunAsync(rate, TimeSpan.FromSeconds(options.Seconds), ct);
            await stop.CancelAsync();
            await pass;
            Say(string.Create(
                CultureInfo.InvariantCulture,
                $"{(round % 2 == 0 ? "without a pass" : "with a pass"),-14}{waits.Length,10:N0}{At(waits, 0.5),10:0.00}{At(waits, 0.99),10:0.00}{At(waits, 0.999),10:0.00}{waits[^1],10:0.00}{waits.Count(wait => wait > 50),10}{timed.Slices.Count,10:N0}{timed.Rows,12:N0}{At([.. timed.Slices.Order()], 0.5),11:0.00}{timed.Slices.Append(0).Max(),11:0.00}"));
        }

        await app.StopAsync(CancellationToken.None);
    }

    /// <summary>Gives how large the store is then, in bytes.</summary>
    static async Task<long> FillAsync(RetentionBenchOptions options, StoreUnderTest store, string directory, CancellationToken ct)
    {
        var (account, service, now) = (Sid.Parse(Account, "AC"), Sid.Parse(Service, "VA"), TimeProvider.System.GetUtcNow());
        if (store.Postgres is { } postgres)
        {
            await OldDays.InsertAsync(postgres.ConnectionString, options.Rows, account, service, new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero).AddDays(-100 - options.Days), options.Days, ct);
            return await OldDays.BytesAsync(postgres.ConnectionString, ct);
        }

        var database = Path.Combine(directory, "countersign.db");
        OldRows.Insert(database, options.Rows, account, service, now.AddDays(-400), now.AddDays(-100));
        return new FileInfo(database).Length;
    }

    /// <summary>Three counters of one key, which is there already: what a batch's events do.</summary>
    static double MeasureCounting()
    {
        const int Rounds = 2_000_000;
        var attempt = new AttemptRecord
        {
            Sid = default,
            VerificationSid = default,
            ServiceSid = Sid.Parse(Service, "VA"),
            AccountSid = Sid.Parse(Account, "AC"),
            Channel = Channel.Sms,
            Country = "US",
            Status = AttemptStatus.Delivered,
            Carrier = "acme",
            Segments = 1,
            CreatedAt = TimeProvider.System.GetUtcNow(),
            UpdatedAt = TimeProvider.System.GetUtcNow(),
        };
        var deltas = new RollupDeltas();
        var used = TimeSpan.Zero;
        for (var round = 0; round < 4; round++)
        {
            // The last round counts: the earlier ones are for the JIT.
            var before = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < Rounds; i++)
            {
                Rollup.CountAttempt(deltas, attempt, 1);
            }

            used = Environment.CpuUsage.TotalTime - before;
        }

        return used.TotalNanoseconds / Rounds;
    }

    /// <summary>Passes until the turn is over, which a slice is not cut short by.</summary>
    static async Task RemoveAsync(IRetention retention, CancellationToken over)
    {
        var remove = new RemoveOld(retention, new RetentionOptions(), TimeProvider.System, NullLogger<RemoveOld>.Instance);
        try
        {
            while (true)
            {
                await Task.Delay(await remove.RunOnceAsync(CancellationToken.None), TimeProvider.System, over);
            }
        }
        catch (OperationCanceledException)
        {
            // The turn is over.
        }
    }

    // The server's own pass is off: the turns start it.
    static WebApplication Build(StoreUnderTest store, string directory) => CountersignHost.Build(
        [
            "--urls", "http://127.0.0.1:0", "--Countersign:DataDirectory", directory, "--Countersign:Bootstrap:AccountSid", Account, "--Countersign:Bootstrap:AuthToken", "not-a-real-token-of-anybody",
            "--Countersign:Bootstrap:ServiceSid", Service, "--Logging:LogLevel:Default", "Error", .. store.Settings.SelectMany(setting => new[] { $"--{setting.Key}", setting.Value }),
        ],
        services => services.AddSingleton(new RemoveOld(new NothingToRemove(), new RetentionOptions(), TimeProvider.System, NullLogger<RemoveOld>.Instance)));

    static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];

    static void Say(FormattableString text) => Say(text.ToString(CultureInfo.InvariantCulture));

    static void Say(string text) => Console.WriteLine(text);

    sealed class NothingToRemove : IRetention
    {
        public Task<RetentionSlice> RemoveAsync(RetentionCutoffs cutoffs, CancellationToken ct) => Task.FromResult(default(RetentionSlice));

        public Task<DateTimeOffset?> ClockAsync(CancellationToken ct) => Task.FromResult<DateTimeOffset?>(null);
    }

    /// <summary>Notes how long each slice took, its turn in the store's queue and the commit included.</summary>
    sealed class TimedRetention(IRetention retention) : IRetention
    {
        public List<double> Slices { get; } = [];

        public long Rows { get; private set; }

        public Task<DateTimeOffset?> ClockAsync(CancellationToken ct) => retention.ClockAsync(ct);

        public async Task<RetentionSlice> RemoveAsync(RetentionCutoffs cutoffs, CancellationToken ct)
        {
            var begun = Stopwatch.GetTimestamp();
            var slice = await retention.RemoveAsync(cutoffs, ct);
            Slices.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            Rows += slice.Rows;
            return slice;
        }
    }
}
