using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>Servers of Redis that may lose what was acknowledged, by their own settings: without a log of their own, or by throwing keys away where memory is short.</summary>
static class UnsafeServers
{
    /// <summary>Which servers are set so, and how. One that does not answer, or whose user may not ask, is none.</summary>
    public static async Task<IReadOnlyList<(string Server, string Setting)>> FindAsync(ConnectionMultiplexer redis)
    {
        var found = new List<(string, string)>();
        foreach (var server in redis.GetServers().Where(server => server.IsConnected))
        {
            try
            {
                var said = (await server.InfoAsync("persistence")).Concat(await server.InfoAsync("memory")).SelectMany(section => section).ToDictionary(pair => pair.Key, pair => pair.Value);
                if (said.GetValueOrDefault("aof_enabled") == "0")
                {
                    found.Add((server.EndPoint.ToString()!, "appendonly no"));
                }

                if (said.GetValueOrDefault("maxmemory_policy") is { } policy && policy != "noeviction")
                {
                    found.Add((server.EndPoint.ToString()!, $"maxmemory-policy {policy}"));
                }
            }
            catch (Exception problem) when (problem is RedisException or TimeoutException)
            {
                // The next one may answer.
            }
        }

        return found;
    }
}
