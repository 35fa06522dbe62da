using Countersign.Core.Guard.Sharing;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>What Guard counts, from node to node by notifications. Nothing is written: they live in memory, and whoever does not listen misses them. A connection of its own listens.</summary>
sealed class PostgresGuardWire(PostgresDatabase database, PostgresNode node) : IGuardWire
{
    const string Channel = "countersign_counts";

    // A notification holds less than 8,000 bytes of text (PostgreSQL, NOTIFY), and text holds three bytes in four.
    const int MostBytes = 5_900;

    // The system's clock: it waits for a network.
    static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(2);

    public bool HasOthers => true;

    public bool SeesOthers => node.SeesOthers;

    public int MaxBatchBytes => MostBytes;

    public Task SendAsync(ReadOnlyMemory<byte> batch, CancellationToken ct) => database.SignalAsync(
        async connection =>
        {
            await using var tell = new NpgsqlCommand("SELECT pg_notify($1, $2)", connection);
            tell.Parameters.Bind(Channel).Bind(Convert.ToBase64String(batch.Span));
            return await tell.ExecuteNonQueryAsync(ct);
        },
        ct);

    public Task ListenAsync(Action<ReadOnlyMemory<byte>> heard, CancellationToken ct) => database.RunAsync(
        async connection =>
        {
            connection.Notification += Hand;
            try
            {
                await using var listen = new NpgsqlCommand($"LISTEN {Channel}", connection);
                await listen.ExecuteNonQueryAsync(ct);
                while (true)
                {
                    if (!await connection.WaitAsync(AskEvery, ct))
                    {
                        await using var ask = new NpgsqlCommand("SELECT 1", connection) { CommandTimeout = (int)AskEvery.TotalSeconds };
                        await ask.ExecuteNonQueryAsync(ct);
                    }
                }
            }
            finally
            {
                connection.Notification -= Hand;
            }

            void Hand(object sender, NpgsqlNotificationEventArgs notification)
            {
                var bytes = new byte[MostBytes];
                if (notification.Channel == Channel && Convert.TryFromBase64String(notification.Payload, bytes, out var length))
                {
                    heard(bytes.AsMemory(0, length));
                }
            }
        },
        ct);
}
