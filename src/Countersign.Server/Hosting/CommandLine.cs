using System.Reflection;
using Countersign.Core;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Server.Simulator;
using Countersign.Storage.Sqlite;
using Microsoft.Extensions.Options;

namespace Countersign.Server.Hosting;

/// <summary>The server's verbs. Without one it serves.</summary>
static class CommandLine
{
    const string Help = """
        Countersign: a self-hosted verification service that speaks the Twilio Verify v2 API.

        usage: countersign [verb] [settings]

        verbs
          (none)          start the server
          credentials     print the first account's SID, Auth Token and service again, and a curl line that uses them
          rotate-key      add a key to the key ring and make it the active one; restart the server to use it
          try             send a test message through every carrier and print what came of each; countersign try --help
          simulator       a carrier that is not there, for tests: Twilio's API and SMPP, with faults; countersign simulator --help
          help            this text

        settings (command line, environment as Countersign__Name, or appsettings.json)
          --urls http://localhost:8080                 where to listen
          --Countersign:DataDirectory ./data           embedded store and key ring
          --Countersign:Storage "Host=…;Database=…"    a PostgreSQL that servers share; without it SQLite
          --Countersign:KeyRing ./data/keyring.json    the key ring, the same for all servers of one store
          --Countersign:DrainSeconds 5                 how long to go on serving after SIGTERM, not ready any more
          --Countersign:PublicUrl https://…            our address as the outside world sees it
          --Countersign:Proxies:0 10.0.0.0/8           reverse proxies whose X-Forwarded headers are believed
          --Countersign:Bootstrap:AccountSid AC…       preset the first credentials (also :AuthToken, :ServiceSid)
          --Countersign:Sandbox:Enabled true           deliver to the virtual phones at /sandbox
          --Countersign:Sandbox:Capacity 1000          messages that they keep, in memory only

        All settings: docs/configuration.md
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        var verb = args.Length > 0 && !args[0].StartsWith('-') && !args[0].Contains('=') ? args[0] : null;
        try
        {
            return verb switch
            {
                "try" when args.Contains("--help") || args.Contains("-h") => Print(TryVerb.Help),
                "simulator" when args.Contains("--help") || args.Contains("-h") => Print(SimulatorVerb.Help),
                _ when args.Contains("--help") || args.Contains("-h") => Print(Help),
                _ when args.Contains("--version") => Print(Version),
                null => await ServeAsync(args),
                "help" => Print(Help),
                "credentials" => await CredentialsAsync(args[1..]),
                "try" => await TryVerb.RunAsync(args[1..], TimeProvider.System),
                "simulator" => await SimulatorVerb.RunAsync(args[1..], TimeProvider.System),
                "rotate-key" => RotateKey(args[1..]),
                _ => Fail($"There is no verb {verb}. Try: countersign help"),
            };
        }
        catch (OptionsValidationException problem)
        {
            return Fail(string.Join('\n', problem.Failures));
        }
        catch (Exception problem) when (problem is KeyRingException or DirectoryInUseException or StartException or StoreUnavailableException)
        {
            return Fail(problem.Message);
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
        catch (Exception problem) when (problem is not (OptionsValidationException or KeyRingException or DirectoryInUseException or StartException))
        {
            // A certificate that is missing, a port that is not ours, a newer schema: the person who starts the server wants the sentence, not the stack.
            var urls = app?.Configuration[WebHostDefaults.ServerUrlsKey];
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            return Fail(ListenAddresses.Explain(problem, urls) ?? $"The server could not start: {problem.Message}");
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
        return Print(Banner.Credentials(account, service, account.AuthToken.Reveal(), Banner.AddressOf(listening, options), options));
    }

    static int RotateKey(string[] args)
    {
        var path = Path.GetFullPath(CountersignHost.KeyRingPath(CountersignHost.ReadOptions(args).Options));
        var id = KeyRingFile.Rotate(path, RandomSource.System, TimeProvider.System);
        return Print($"Key {id} is the active one in {path}. Back the file up, and restart the server. Older keys stay: what they sealed is still read with them.");
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
