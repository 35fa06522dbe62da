using System.Reflection;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Server.Simulator;
using Countersign.Storage;
using Countersign.Storage.Redis;
using Countersign.Storage.Sqlite;
using Microsoft.Extensions.Options;

namespace Countersign.Server.Hosting;

/// <summary>The server's verbs. Without one it serves.</summary>
static class CommandLine
{
    static readonly string[] Verbs = ["credentials", "rotate-key", "move-live", "try", "simulator", "help"];

    public static async Task<int> RunAsync(string[] args)
    {
        var verb = args.Length > 0 && !args[0].StartsWith('-') && !args[0].Contains('=') ? args[0] : null;
        try
        {
            return verb switch
            {
                "try" when args.Contains("--help") || args.Contains("-h") => Print(TryVerb.Help),
                "simulator" when args.Contains("--help") || args.Contains("-h") => Print(SimulatorVerb.Help),
                not null when (args.Contains("--help") || args.Contains("-h")) && HelpText.OfVerb(verb) is { } help => Print(help),
                _ when args.Contains("--help") || args.Contains("-h") => Print(HelpText.Text),
                _ when args.Contains("--version") => Print(Version),
                null => await ServeAsync(args),
                "help" => Print(HelpText.Text),
                "credentials" => await CredentialsAsync(args[1..]),
                "try" => await TryVerb.RunAsync(args[1..], TimeProvider.System),
                "simulator" => await SimulatorVerb.RunAsync(args[1..], TimeProvider.System),
                "rotate-key" => RotateKey(args[1..]),
                "move-live" => await MoveLiveAsync(args[1..]),
                _ => Fail($"There is no verb {verb}.{(Spelling.Meant(verb, Verbs) is { } meant ? $" Did you mean {meant}?" : "")} Try: {ProgramName.Short} help"),
            };
        }
        catch (OptionsValidationException problem)
        {
            return Fail(string.Join('\n', problem.Failures));
        }
        catch (Exception problem) when (problem is KeyRingException or DirectoryInUseException or StartException or StoreUnavailableException or RedisSettingsException or StoreRefusedException)
        {
            return Fail(problem.Message);
        }
        catch (InvalidDataException problem)
        {
            return Fail(BrokenSettingsFile.Explain(problem));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return Fail(FileTrouble.Explain($"{verb ?? "The server"} could not go on", problem));
        }
    }

    static string Version => Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    static async Task<int> ServeAsync(string[] args)
    {
        WebApplication? app = null;
        try
        {
            app = CountersignHost.Build(args);
            await CountersignHost.StartAsync(app);
        }
        catch (Exception problem) when (problem is not (OptionsValidationException or KeyRingException or DirectoryInUseException or StartException or InvalidDataException))
        {
            // A certificate that is missing, a port that is not ours, a newer schema: the person who starts the server wants the sentence, not the stack.
            var said = ListenAddresses.Explain(problem, app?.Configuration[WebHostDefaults.ServerUrlsKey]) ?? (app is null ? null : FileTrouble.Explain(problem, app.Configuration));
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            return Fail(said ?? $"The server could not start: {problem.Message}");
        }

        await app.WaitForShutdownAsync();
        await app.DisposeAsync();
        return 0;
    }

    static async Task<int> CredentialsAsync(string[] args)
    {
        var (options, configuration) = CountersignHost.ReadOptions(args);
        var (account, service) = await FirstCredentials.ReadAsync(options);
        var listening = configuration[WebHostDefaults.ServerUrlsKey]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        return Print(Banner.Credentials(account, service, account.AuthToken.Reveal(), listening, options));
    }

    static int RotateKey(string[] args)
    {
        var path = CountersignHost.KeyRingPath(CountersignHost.ReadOptions(args).Options);
        var id = KeyRingFile.Rotate(path, RandomSource.System, TimeProvider.System);
        return Print($"Key {id} is the active one in {path}. Back the file up, give it to every server that shares the store, and restart them, in any order. Older keys stay: what they sealed is still read with them.");
    }

    static async Task<int> MoveLiveAsync(string[] args)
    {
        var options = CountersignHost.ReadOptions(args).Options;
        if (options.IsEmbedded)
        {
            return Fail("With SQLite live verifications are nowhere else. Set Countersign:Storage to the connection string of the PostgreSQL, and Countersign:Redis if they are to be there.");
        }

        var redis = CountersignHost.RedisOf(options);
        await LiveMove.RunAsync(options.Storage, redis, new Sealer(KeyRingFile.Load(CountersignHost.KeyRingPath(options)), RandomSource.System), CancellationToken.None);
        return Print($"Live verifications of this database are kept in {(redis is null ? "PostgreSQL" : "Redis")} from now on. What was pending elsewhere is forgotten. Start the servers with these settings.");
    }

    static int Print(string text)
    {
        Console.WriteLine(text);
        return 0;
    }

    static int Fail(string text)
    {
        Console.Error.WriteLine(text);
        return 1;
    }
}

/// <summary>The server cannot start; the message says why and what to do.</summary>
sealed class StartException(string message) : Exception(message);
