using System.Globalization;
using Countersign.Bench.Guard;
using Countersign.Bench.Hot;
using Countersign.Bench.Servers;
using Countersign.Bench.Stores;
using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Server.Hosting;

namespace Countersign.Bench.Timing;

/// <summary>Whether time tells what an answer does not.</summary>
static class TimingVerb
{
    const int CallsPerRequest = 10;

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(TimingOptions.Help);
            return 0;
        }

        var options = TimingOptions.Parse(args);
        using var interruption = new Interruption();
        using var turn = await OneAtATime.EnterAsync(interruption.Token);
        var rng = new Rng(options.Seed);
        var proves = await RequestsAsync(options, rng, interruption.Token);
        proves &= await CallsAsync(options, rng, interruption.Token);
        if (!proves)
        {
            Console.WriteLine("A control was not found: the others prove nothing. Run it with more samples, or with nothing else on the machine.");
        }

        return proves ? 0 : Verb.Misbehaved;
    }

    static async Task<bool> RequestsAsync(TimingOptions options, Rng rng, CancellationToken ct)
    {
        using var store = await StoreUnderTest.StartAsync("sqlite", ct);
        using var server = ServerProcess.StartForLoad(options.Samples, store);
        using var http = server.CreateClient();
        await WaitAsync(http, ct);
        using var asker = new Asker(server.Address);
        var pairs = await new Requests(server, http, asker, rng, ct).PairsAsync(options.Samples);
        return Report("over HTTP, on loopback", pairs, options.Samples, rng, ct);
    }

    static async Task<bool> CallsAsync(TimingOptions options, Rng rng, CancellationToken ct)
    {
        var directory = Directory.CreateTempSubdirectory("countersign-bench-");
        try
        {
            await using var app = CountersignHost.Build(["--urls", "http://127.0.0.1:0", "--Countersign:DataDirectory", directory.FullName, "--Logging:LogLevel:Default", "None"]);
            var accounts = app.Services.GetRequiredService<IAccountStore>();
            var (token, secret) = (ApiSecret.New(RandomSource.System), ApiSecret.New(RandomSource.System));
            var account = new Account { Sid = Sid.NewRandom("AC", RandomSource.System), FriendlyName = "Timing", AuthToken = token, CreatedAt = TimeProvider.System.GetUtcNow() };
            var key = new ApiKey
            {
                Sid = Sid.NewRandom("SK", RandomSource.System),
                AccountSid = account.Sid,
                FriendlyName = "Timing",
                SecretHash = app.Services.GetRequiredService<SecretHasher>().Hash(secret),
                CreatedAt = account.CreatedAt,
            };
            await accounts.SaveAccountAsync(account, ct);
            await accounts.CreateKeyAsync(key, ct);
            var pairs = new Calls(app.Services, rng).Pairs(account.Sid, token.Reveal(), key.Sid, secret.Reveal());
            return Report("calls in one process", [.. pairs], options.Samples * CallsPerRequest, rng, ct);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    static async Task WaitAsync(HttpClient http, CancellationToken ct)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await http.GetStringAsync("/health/ready", ct);
                return;
            }
            catch (HttpRequestException) when (tries < 300)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
            }
        }
    }

    /// <summary>Prints a table; whether the controls were found.</summary>
    static bool Report(string where, IReadOnlyList<Pair> pairs, int samples, Rng rng, CancellationToken ct)
    {
        var proves = true;
        Console.WriteLine(FormattableString.Invariant($"\n{where}, {samples:N0} of each pair"));
        Console.WriteLine($"{"pair",-70} {"t",8} {"difference",12} {"would show",12}  told apart");
        foreach (var pair in pairs)
        {
            var result = pair.Measure(samples, rng, ct);
            proves &= !pair.IsControl || result.Tells;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{pair.Name,-70} {result.T,8:0.0} {result.Difference,9:0} ns {result.Smallest,9:0} ns  {(result.Tells ? "yes" : "no")}{(pair.IsControl ? ", as it must" : "")}"));
        }

        return proves;
    }
}
