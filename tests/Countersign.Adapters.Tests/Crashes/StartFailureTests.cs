using Countersign.Adapters.Tests.PostgreSql;
using Countersign.Adapters.Tests.Redis;
using Npgsql;
using StackExchange.Redis;

namespace Countersign.Adapters.Tests.Crashes;

/// <summary>What an operator reads whose stores cannot be used as they are set: one line with what, why and what next, and no secret.</summary>
public sealed class StartFailureTests : IDisposable
{
    const string Secret = "not-a-real-password";

    readonly string _directory = Directory.CreateTempSubdirectory("countersign-start-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("Username=guarded", $"Password={Secret}", "refuses Username or Password")]
    [InlineData("Username=guarded", "", "wants a password")]
    [InlineData("Database=nothing_of_that_name", "", "no database of the name")]
    [InlineData("Port=1", $"Password={Secret}", "Nothing answers at Host and Port")]
    [InlineData("Host=nowhere.invalid", $"Password={Secret}", "has no address (DNS)")]
    [InlineData("SSL Mode=Require", $"Password={Secret}", "does not offer TLS")]
    [InlineData("Usrname=owl", $"Password={Secret}", "Did you mean Username?")]
    [InlineData("Port=many", $"Password={Secret}", "a value of port that cannot be")]
    public async Task PostgreSQL(string change, string more, string said)
    {
        var settings = new NpgsqlConnectionStringBuilder(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());
        var given = change.Split('=');
        var storage = $"{(given[0] == "Host" ? "" : $"Host={settings.Host};")}{(given[0] == "Port" ? "" : $"Port={settings.Port};")}"
            + $"{(given[0].StartsWith('U') ? "" : "Username=countersign;")}{(given[0] == "Database" ? "" : $"Database={settings.Database};")}{change};{more}";

        await FailsAsync(storage, null, said);
    }

    [Theory]
    [InlineData("127.0.0.1:1", "Nothing answers at 127.0.0.1:1")]
    [InlineData("nowhere.invalid:6379", "no address of that name (DNS)")]
    [InlineData($"redis://owl:{Secret}@127.0.0.1:6379/0", "is no URL")]
    [InlineData($"SERVER,password={Secret}", "refuses the user or the password")]
    [InlineData("SERVER,ssl=true", "does not speak TLS")]
    public async Task Redis(string redis, string said)
    {
        var server = (await RedisCluster.SharedAsync()).Configuration.Split(',')[0];

        await FailsAsync(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(), redis.Replace("SERVER", server, StringComparison.Ordinal), said);
    }

    [Theory]
    [InlineData($"password={Secret}", "refuses the user or the password")]
    [InlineData("abortConnect=true", "wants a password")]
    [InlineData($"password={Secret},abortConnect=false", "refuses the user or the password")]
    public async Task Redis_with_a_password(string options, string said)
    {
        using var server = await SingleRedis.StartAsync("--requirepass", "the-right-one");

        await FailsAsync(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(), $"127.0.0.1:{server.Port},{options}", said);
    }

    [Theory]
    [InlineData("password=the-first-one", true)]
    [InlineData("abortConnect=true", false)]
    public async Task Redis_that_lets_a_running_server_in_no_more_says_so_in_its_health_and_log(string options, bool withPassword)
    {
        var ct = TestContext.Current.CancellationToken;
        using var redis = await SingleRedis.StartAsync(withPassword ? ["--requirepass", "the-first-one"] : []);
        var storage = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        using var server = await ServerProcess.StartAsync(_directory, ct, storage, $"127.0.0.1:{redis.Port},{options}", "--Countersign:RedisReplicas", "0");
        await using (var operators = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port},{options},allowAdmin=true"))
        {
            await operators.GetServer("127.0.0.1", redis.Port).ConfigSetAsync("requirepass", "the-second-one");
            await operators.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        }

        await server.UntilSaidAsync("Redis refuses the user or the password of Countersign:Redis", ct);

        using var unready = await server.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), ct);
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, unready.StatusCode);
        Assert.Contains("Redis refuses the user or the password of Countersign:Redis", await unready.Content.ReadAsStringAsync(ct), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abortConnect=true", "add ssl=true")]
    [InlineData("ssl=true", "is not trusted")]
    public async Task Redis_with_TLS(string options, string said)
    {
        using var server = await SingleRedis.StartTlsAsync();

        await FailsAsync(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(), $"127.0.0.1:{server.Port},{options}", said);
    }

    [Fact]
    public async Task A_single_Redis_without_replicas_is_told_in_the_banner_and_by_health_and_where_none_are_asked_for_it_serves()
    {
        using var redis = await SingleRedis.StartAsync();
        var storage = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        using (var server = await ServerProcess.StartAsync(_directory, TestContext.Current.CancellationToken, storage, $"127.0.0.1:{redis.Port}"))
        {
            await server.UntilSaidAsync("Countersign:RedisReplicas=0", TestContext.Current.CancellationToken);
            using var unready = await server.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, unready.StatusCode);
            Assert.Contains("too few replicas: 0 of the 1", await unready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        using var alone = await ServerProcess.StartAsync(_directory, TestContext.Current.CancellationToken, storage, $"127.0.0.1:{redis.Port}", "--Countersign:RedisReplicas", "0");
        using var ready = await alone.Http.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.OK, ready.StatusCode);
        await alone.UntilSaidAsync("PostgreSQL; live verifications in Redis", TestContext.Current.CancellationToken);
        await alone.UntilSaidAsync($"Key ring        {_directory}", TestContext.Current.CancellationToken);
    }

    async Task FailsAsync(string storage, string? redis, string said)
    {
        var (code, output, error) = await ServerProcess.FailAsync(_directory, storage, redis, TestContext.Current.CancellationToken);

        Assert.Equal(1, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.DoesNotContain(Secret, output + error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }
}
