using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>The functions that run inside Redis, under names of this version's own.</summary>
static class RedisLibrary
{
    static readonly (string Text, string Version) Loaded = Read();

    public static byte[] Step { get; } = Encoding.UTF8.GetBytes(Function("step"));

    /// <summary>The full name of a function.</summary>
    public static string Function(string name) => $"countersign_{name}_{Loaded.Version}";

    /// <summary>Gives the functions to every master: a replica gets them from its master, and keeps them when it takes its place. All others get them, too, where one fails.</summary>
    public static Task LoadAsync(IConnectionMultiplexer redis) => Task.WhenAll(redis.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }).Select(LoadAsync));

    /// <summary>Gives the functions to one master.</summary>
    public static async Task LoadAsync(IServer master)
    {
        try
        {
            await master.ExecuteAsync("FUNCTION", "LOAD", "REPLACE", Loaded.Text);
        }
        catch (RedisServerException problem) when (problem.Message.StartsWith("READONLY", StringComparison.Ordinal))
        {
            // Became a replica a moment ago.
        }
    }

    /// <summary>Whether a group has no streams, or these no readers: its master came back empty, and another group has brought the functions.</summary>
    public static bool IsClosed(string error) => error.Contains("NOGROUP", StringComparison.Ordinal) || error.Contains("no such key", StringComparison.Ordinal);

    /// <summary>The answer of a server that does not know the functions, such as one that was added to the cluster by hand.</summary>
    public static bool IsMissing(string error) => error.Contains("Function not found", StringComparison.Ordinal);

    static (string, string) Read()
    {
        using var reader = new StreamReader(typeof(RedisLibrary).Assembly.GetManifestResourceStream("redis/verification.lua")!);
        var text = reader.ReadToEnd();
        var version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
        return (text.Replace("VERSION", version, StringComparison.Ordinal), version);
    }
}
