using System.Net;
using System.Net.Sockets;
using Countersign.Storage.PostgreSql;
using Microsoft.Extensions.Time.Testing;
using Npgsql;

namespace Countersign.Adapters.Tests.PostgreSql;

/// <summary>A server that gives no connections is asked for few: one that shuts down must get there.</summary>
public sealed class ConnectGateTests
{
    readonly FakeTimeProvider _time = new();
    readonly ConnectGate _gate;

    public ConnectGateTests() => _gate = new ConnectGate(_time);

    [Fact]
    public async Task After_two_that_were_refused_few_ask_and_ever_later()
    {
        using var server = new RefusingServer();
        await using var source = NpgsqlDataSource.Create(server.Connection);
        await RefusedAsync(source);

        // Fifty milliseconds, doubled up to a second.
        foreach (var (index, pause) in new[] { 50, 100, 200, 400, 800, 1000, 1000 }.Index())
        {
            await RefusedAsync(source);
            _time.Advance(TimeSpan.FromMilliseconds(pause - 1));
            for (var i = 0; i < 20; i++)
            {
                await Assert.ThrowsAsync<ConnectRefusedException>(() => OpenAsync(source));
            }

            Assert.Equal(index + 2, server.Asked);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public async Task Many_that_were_on_their_way_together_count_as_one()
    {
        using var server = new RefusingServer();
        await using var source = NpgsqlDataSource.Create(server.Connection);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => await Assert.ThrowsAnyAsync<NpgsqlException>(() => OpenAsync(source))));
        var asked = server.Asked;

        _time.Advance(TimeSpan.FromMilliseconds(50));
        await RefusedAsync(source);

        Assert.Equal(asked + 1, server.Asked);
    }

    [Fact]
    public async Task Nobody_listening_counts_as_a_refusal_too()
    {
        using var gone = new RefusingServer();
        gone.Dispose();
        await using var source = NpgsqlDataSource.Create(gone.Connection);
        await Assert.ThrowsAsync<NpgsqlException>(() => OpenAsync(source));
        await Assert.ThrowsAsync<NpgsqlException>(() => OpenAsync(source));

        var refused = await Assert.ThrowsAsync<ConnectRefusedException>(() => OpenAsync(source));

        Assert.Contains("does not answer", refused.ToUnavailable().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_is_given_between_two_refusals_keeps_it_open()
    {
        await using var home = new PostgresHome();
        await (await home.OpenAsync()).DisposeAsync();
        await using var good = NpgsqlDataSource.Create(home.ConnectionString);
        using var server = new RefusingServer();
        await using var bad = NpgsqlDataSource.Create(server.Connection);
        for (var i = 0; i < 5; i++)
        {
            await RefusedAsync(bad);
            await using var given = await OpenAsync(good);
        }

        Assert.Equal(5, server.Asked);
    }

    [Fact]
    public async Task Once_it_gives_one_all_get_theirs()
    {
        await using var home = new PostgresHome();
        await (await home.OpenAsync()).DisposeAsync();
        await using var good = NpgsqlDataSource.Create(home.ConnectionString);
        await CloseAsync();

        await Assert.ThrowsAsync<ConnectRefusedException>(() => OpenAsync(good));
        _time.Advance(TimeSpan.FromMilliseconds(50));
        await using var first = await OpenAsync(good);
        await using var second = await OpenAsync(good);

        Assert.Equal(System.Data.ConnectionState.Open, second.State);
    }

    [Fact]
    public async Task Whoever_looks_and_gives_up_leaves_the_turn_to_the_next()
    {
        await using var home = new PostgresHome();
        await (await home.OpenAsync()).DisposeAsync();
        await using var good = NpgsqlDataSource.Create(home.ConnectionString);
        await CloseAsync();
        _time.Advance(TimeSpan.FromMilliseconds(50));
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var slow = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={((IPEndPoint)silent.LocalEndpoint).Port};Username=nobody;SSL Mode=Disable;GSS Encryption Mode=Disable");
        using var patience = new CancellationTokenSource();
        var looking = _gate.OpenAsync(slow, patience.Token).AsTask();
        await Assert.ThrowsAsync<ConnectRefusedException>(() => OpenAsync(good));

        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => looking); // The driver calls it a timeout.
        await using var given = await OpenAsync(good);

        Assert.Equal(System.Data.ConnectionState.Open, given.State);
    }

    [Fact]
    public async Task That_there_is_no_such_database_keeps_nobody_from_asking()
    {
        await using var home = new PostgresHome();
        await (await home.OpenAsync()).DisposeAsync();
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(home.ConnectionString) { Database = "there-is-none" }.ConnectionString);

        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<PostgresException>(() => OpenAsync(source));
        }
    }

    Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source) => _gate.OpenAsync(source, CancellationToken.None).AsTask();

    async Task RefusedAsync(NpgsqlDataSource source) =>
        Assert.Equal(PostgresErrorCodes.CannotConnectNow, (await Assert.ThrowsAsync<PostgresException>(() => OpenAsync(source))).SqlState);

    async Task CloseAsync()
    {
        using var server = new RefusingServer();
        await using var source = NpgsqlDataSource.Create(server.Connection);
        await RefusedAsync(source);
        await RefusedAsync(source);
    }

    /// <summary>Answers as PostgreSQL does that starts or shuts down.</summary>
    sealed class RefusingServer : IDisposable
    {
        static readonly byte[] Answer = [(byte)'E', 0, 0, 0, 35, .. "SFATAL\0VFATAL\0C57P03\0Mnot now\0\0"u8];

        readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        int _asked;

        public RefusingServer()
        {
            _listener.Start();
            Connection = $"Host=127.0.0.1;Port={((IPEndPoint)_listener.LocalEndpoint).Port};Username=nobody;Timeout=10;SSL Mode=Disable;GSS Encryption Mode=Disable;Maximum Pool Size=50";
            _ = AcceptAsync();
        }

        public string Connection { get; }

        public int Asked => Volatile.Read(ref _asked);

        public void Dispose() => _listener.Dispose();

        async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var one = await _listener.AcceptTcpClientAsync();
                    Interlocked.Increment(ref _asked);
                    _ = await one.GetStream().ReadAtLeastAsync(new byte[1024], minimumBytes: 8);
                    await one.GetStream().WriteAsync(Answer);
                }
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or IOException)
            {
                // The test is over.
            }
        }
    }
}
