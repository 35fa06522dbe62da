using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Storage.PostgreSql;
using Countersign.Storage.Sqlite;

namespace Countersign.Server.Hosting;

/// <summary>The first account and its first service, for verbs that run beside a server.</summary>
static class FirstCredentials
{
    /// <exception cref="StartException">There are none yet.</exception>
    public static async Task<(Account Account, Sid? Service)> ReadAsync(CountersignOptions options)
    {
        var ring = CountersignHost.KeyRingPath(options);
        KeyRingFile.RefuseLost(ring);
        if (options.IsEmbedded && !KeyRingFile.Exists(ring) && !File.Exists(Path.Combine(options.DataDirectory, "countersign.db")))
        {
            throw new StartException($"There is no key ring at {Path.GetFullPath(ring)}. {Missing(options)}");
        }

        var sealer = new Sealer(KeyRingFile.Load(ring), RandomSource.System);
        var (account, service) = options.IsEmbedded
            ? await SqliteStore.ReadFirstAsync(options.DataDirectory, sealer)
            : await PostgresStore.ReadFirstAsync(options.Storage, sealer, CancellationToken.None);
        return account is null ? throw new StartException(Missing(options)) : (account, service);
    }

    static string Missing(CountersignOptions options) => options.IsEmbedded
        ? $"There is no account in {Path.GetFullPath(options.DataDirectory)} yet. Start the server once, or name another directory with --Countersign:DataDirectory."
        : "There is no account in that database yet. Start the server once, or name another database with --Countersign:Storage.";
}
