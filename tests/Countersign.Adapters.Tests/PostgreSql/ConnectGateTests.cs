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
    public async Task Whoever_comes_after_one_that_was_refused_is_refused_without_asking_ever_longer()
    {
        using var server = new ClosingServer();
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={server.Port};Username=nobody;Timeout=10;SSL Mode=Disable;GSS Encryption Mode=Disable");

        foreach (var (index, pause) in new[] { 50, 100, 200, 400, 800, 1000, 1000 }.Index())
        {
            await Assert.ThrowsAsync<NpgsqlException>(async () => await _gate.OpenAsync(source, default));
            _time.Advance(TimeSpan.FromMilliseconds(pause - 1));
            for (var i = 0; i < 20; i++)
            {
                await Assert.ThrowsAsync<ConnectRefusedException>(async () => await _gate.OpenAsync(source, default));
            }

            Assert.Equal(index + 1, server.Accepted);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    [Fact]
    public async Task Many_that_were_on_their_way_together_count_as_one()
    {
        using var server = new ClosingServer();
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={server.Port};Username=nobody;Timeout=10;SSL Mode=Disable;GSS Encryption Mode=Disable;Maximum Pool Size=50");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => await Assert.ThrowsAnyAsync<NpgsqlException>(async () => await _gate.OpenAsync(source, default))));
        var asked = server.Accepted;

        _time.Advance(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAsync<NpgsqlException>(async () => await _gate.OpenAsync(source, default));

        Assert.Equal(asked + 1, server.Accepted);
    }

    [Fact]
    public async Task Once_it_gives_one_all_get_theirs()
    {
        await using var home = new PostgresHome();
        await (await home.OpenAsync()).DisposeAsync();
        await using var source = NpgsqlDataSource.Create(home.ConnectionString);
        using (var server = new ClosingServer())
        {
            await using var closed = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={server.Port};Username=nobody;Timeout=10;SSL Mode=Disable;GSS Encryption Mode=Disable");
            await Assert.ThrowsAsync<NpgsqlException>(async () => await _gate.OpenAsync(closed, default));
        }

        var refused = await Assert.ThrowsAsync<ConnectRefusedException>(async () => await _gate.OpenAsync(source, default));
        Assert.Contains("does not answer", refused.ToUnavailable().Message, StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromMilliseconds(50));
        await using var first = await _gate.OpenAsync(source, default);
        await using var second = await _gate.OpenAsync(source, default);

        Assert.Equal(System.Data.ConnectionState.Open, second.State);
    }

    [Fact]
    public async Task That_no_password_fits_keeps_nobody_from_asking()
    {
        await using var home = new PostgresHome();
        await (await home.OpenAsync()).DisposeAsync();
        var wrong = new NpgsqlConnectionStringBuilder(home.ConnectionString) { Database = "there-is-none" };
        await using var source = NpgsqlDataSource.Create(wrong.ConnectionString);

        await Assert.ThrowsAsync<PostgresException>(async () => await _gate.OpenAsync(source, default));
        await Assert.ThrowsAsync<PostgresException>(async () => await _gate.OpenAsync(source, default));
    }

    /// <summary>Takes connections and closes them without a word.</summary>
    sealed class ClosingServer : IDisposable
    {
        readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        int _accepted;

        public ClosingServer()
        {
            _listener.Start();
            _ = AcceptAsync();
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public int Accepted => Volatile.Read(ref _accepted);

        public void Dispose() => _listener.Dispose();

        async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var one = await _listener.AcceptTcpClientAsync();
                    Interlocked.Increment(ref _accepted);
                }
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
