using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery.Simulation;
using Countersign.Server.Hosting;

namespace Countersign.Server.Simulator.Smsc;

/// <summary>
/// A message centre for SMPP 3.4. Anybody may bind who knows the password; receipts go to any receiving bind of the same system_id, and wait for one where there is none.
/// In an outage of everything, connections are dropped and new ones are closed at once.
/// </summary>
sealed partial class SmscServer(SimulatorOptions options, SimulatedNetwork network, MessageLog log, TimeProvider time, ILogger<SmscServer> logger) : BackgroundService
{
    const int MaxWaiting = 10_000;

    readonly ConcurrentDictionary<SmscSession, byte> _sessions = new();
    readonly ConcurrentDictionary<string, ConcurrentQueue<DeliverSm>> _waiting = new();
    readonly TcpListener _listener = new(options.Smpp!);

    // So that a simulator that is started again gives no name a second time.
    long _lastId = time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Where it listens, once it does.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _listener.Start();
        }
        catch (SocketException problem)
        {
            throw new StartException($"SMPP cannot listen on {options.Smpp}: {problem.Message}. Start with another --smpp, for example --smpp 127.0.0.1:2776");
        }

        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(stoppingToken);
                if (IsDark)
                {
                    client.Dispose();
                    continue;
                }

                _ = ServeAsync(client, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            _listener.Stop();
        }
    }

    /// <summary>The right answer to a bind: 0, or why not.</summary>
    public uint StatusOf(Bind bind) => bind.Password == options.SmppPassword ? CommandStatus.Ok : CommandStatus.InvalidPassword;

    /// <summary>What becomes of a message.</summary>
    public SimulationPlan Decide(string to, string text) => network.Decide(options.Account, to, text);

    /// <summary>The next message's name, a number.</summary>
    public string NextId() => Interlocked.Increment(ref _lastId).ToString(System.Globalization.CultureInfo.InvariantCulture);

    public MessageLog Log => log;

    /// <summary>Sends a receipt to a receiving bind of that system_id, or keeps it until there is one.</summary>
    public async Task DeliverAsync(string systemId, DeliverSm receipt)
    {
        foreach (var session in _sessions.Keys)
        {
            if (session.Receives(systemId) && await session.DeliverAsync(receipt))
            {
                return;
            }
        }

        var waiting = _waiting.GetOrAdd(systemId, _ => new ConcurrentQueue<DeliverSm>());
        if (waiting.Count >= MaxWaiting)
        {
            return;
        }

        // Who bound meanwhile may have looked for what waits before this was there. Nobody waits for a receiver that reads slowly.
        waiting.Enqueue(receipt);
        Interlocked.MemoryBarrier();
        if (_sessions.Keys.Any(session => session.Receives(systemId)))
        {
            _ = FlushAsync(systemId);
        }
    }

    /// <summary>Sends what waited for a receiving bind.</summary>
    public async Task FlushAsync(string systemId)
    {
        // The queue stays where it is: who is about to add to it would add to one that nobody reads. What cannot be sent comes back into it, and waits for the next bind.
        if (_waiting.TryGetValue(systemId, out var waiting))
        {
            for (var left = waiting.Count; left > 0 && waiting.TryDequeue(out var receipt); left--)
            {
                await DeliverAsync(systemId, receipt);
            }
        }
    }

    bool IsDark => Simulate.RuleFor(network.RulesOf(options.Account), "") is { Outage: { } outage } && outage.From <= time.GetUtcNow() && time.GetUtcNow() < outage.Until;

    async Task ServeAsync(TcpClient client, CancellationToken ct)
    {
        using (client)
        {
            client.NoDelay = true;
            using var session = new SmscSession(this, client.GetStream(), time);
            _sessions.TryAdd(session, 0);
            try
            {
                await session.RunAsync(ct);
            }
            catch (Exception problem) when (problem is IOException or OperationCanceledException or ObjectDisposedException or SmppProtocolException)
            {
                LogEnded(problem.GetType().Name);
            }
            finally
            {
                _sessions.TryRemove(session, out _);
                foreach (var receipt in session.End())
                {
                    await DeliverAsync(session.SystemId, receipt);
                }
            }
        }
    }

    [LoggerMessage(9311, LogLevel.Debug, "An SMPP connection ended: {Problem}")]
    partial void LogEnded(string problem);
}
