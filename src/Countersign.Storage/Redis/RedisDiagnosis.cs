using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace Countersign.Storage.Redis;

/// <summary>Why no server of the settings can be used, in one sentence that names the server and what to change, and repeats no password.</summary>
static class RedisDiagnosis
{
    /// <summary>What is said where a server does not let this one in: at the start, and by one that runs while the password is changed.</summary>
    public const string Refused = "Redis refuses the user or the password of Countersign:Redis. Correct user=… and password=… there; a password with a comma cannot be written.";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Whether a reply says that the server does not let this one in.</summary>
    public static bool IsRefusal(string error) => error.StartsWith("NOAUTH", StringComparison.Ordinal) || error.StartsWith("WRONGPASS", StringComparison.Ordinal);

    /// <inheritdoc cref="IsRefusal(string)"/>
    public static bool IsRefusal(Exception? problem) => problem switch
    {
        null => false,
        RedisSettingsException or RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => true,
        RedisServerException when IsRefusal(problem.Message) => true,
        _ => IsRefusal(problem.InnerException),
    };

    /// <summary>Asks the first servers, all at once and for as long as a reader of readiness waits, whether they let this one in.</summary>
    public static async Task<bool> IsRefusedAsync(ConfigurationOptions options) =>
        (await Task.WhenAll(options.EndPoints.Take(3).Select(server => IsRefusedAsync(options, server)))).Contains(true);

    static async Task<bool> IsRefusedAsync(ConfigurationOptions options, EndPoint server)
    {
        using var limit = new CancellationTokenSource(RedisDatabase.Patience, TimeProvider.System);
        try
        {
            using var link = await RedisLink.ConnectAsync(options, server, limit.Token);
            var ping = new RespWriter();
            ping.Command(1);
            ping.Bulk("PING"u8);
            return (await link.SendAsync(ping.Written, 1, limit.Token))[0] is RespError { Text: var text } && IsRefusal(text);
        }
        catch (Exception problem) when (problem is IOException or SocketException or OperationCanceledException or AuthenticationException or InvalidDataException or RedisSettingsException)
        {
            return problem is RedisSettingsException;
        }
    }

    /// <summary>Speaks to the servers one after the other; the first that has something to say explains all.</summary>
    public static async Task<string> ExplainAsync(ConfigurationOptions options)
    {
        var first = "Countersign:Redis names no server. It is host:port,host:port and then options, such as password=… and ssl=true.";
        for (var i = 0; i < options.EndPoints.Count && i < 3; i++)
        {
            var said = await ExplainAsync(options, options.EndPoints[i], NameOf(options.EndPoints[i]));
            if (i == 0)
            {
                first = said.Why;
            }

            if (said.Answers)
            {
                return said.Why;
            }
        }

        return first;
    }

    /// <summary>The driver goes on when a server refuses the password because it has none; the links that writes go by would not.</summary>
    /// <exception cref="RedisSettingsException">A server refuses the user or the password.</exception>
    public static async Task CheckLogInAsync(ConfigurationOptions options, IConnectionMultiplexer redis)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        foreach (var server in redis.GetServers().Where(server => server.IsConnected).Take(1))
        {
            try
            {
                using var link = await RedisLink.ConnectAsync(options, server.EndPoint, limit.Token);
            }
            catch (Exception problem) when (problem is IOException or SocketException or OperationCanceledException or AuthenticationException or InvalidDataException)
            {
                // Said when it is used.
            }
        }
    }

    static async Task<(bool Answers, string Why)> ExplainAsync(ConfigurationOptions options, EndPoint server, string name)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        try
        {
            using var link = await RedisLink.ConnectAsync(options, server, limit.Token);
            var ping = new RespWriter();
            ping.Command(1);
            ping.Bulk("PING"u8);
            return (true, (await link.SendAsync(ping.Written, 1, limit.Token))[0] switch
            {
                RespError { Text: var text } when text.StartsWith("NOAUTH", StringComparison.Ordinal) => $"Redis at {name} wants a password. Add password=… to Countersign:Redis, and user=… if it has users.",
                RespError { Text: var text } => $"Redis at {name} is not ready ({text.Split(' ')[0]}). Wait until it is, and start again.",
                _ => $"Redis at {name} answers, but not all that is needed can be asked of it. Look at its log, and at the rights of its user (ACL): functions, streams, CLUSTER, INFO and WAIT are needed.",
            });
        }
        catch (RedisSettingsException problem)
        {
            return (true, problem.Message);
        }
        catch (SocketException problem) when (problem.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain)
        {
            return (false, $"Countersign:Redis names {name}, and there is no address of that name (DNS). Correct it, or wait until the name is known.");
        }
        catch (SocketException problem)
        {
            return (false, $"Nothing answers at {name}, which Countersign:Redis names ({problem.SocketErrorCode}). Start Redis, or correct host and port.");
        }
        catch (AuthenticationException problem)
        {
            return (true, problem.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase)
                ? $"The certificate of Redis at {name} is not trusted. Add its authority to those that this machine trusts, or name the host that it was made for with sslHost=… in Countersign:Redis."
                : NoTls(name));
        }
        catch (Exception problem) when (problem is IOException or InvalidDataException or OperationCanceledException)
        {
            return (true, options.Ssl ? NoTls(name) : problem is OperationCanceledException
                ? $"Redis at {name} does not answer within {Patience.TotalSeconds:0} s. Look whether it hangs, and whether a firewall is in between."
                : $"What listens at {name} does not speak Redis in clear. If it wants TLS, add ssl=true to Countersign:Redis.");
        }
    }

    static string NoTls(string name) => $"Redis at {name} does not speak TLS, and Countersign:Redis says ssl=true. Leave that out, or name the port on which it does.";

    static string NameOf(EndPoint server) => server is DnsEndPoint dns ? $"{dns.Host}:{dns.Port}" : server.ToString()!;
}
