using System.Text.Json;
using Countersign.Core.Routing;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>
/// What routes have learned, a row for each node: each learns from what passes through it. A node that starts takes over what was kept last, by whichever node: it is better to
/// know what a neighbour knew than nothing.
/// </summary>
sealed class PostgresRouteScores(PostgresDatabase database, long node) : IRouteScoreStore
{
    /// <summary>Rows of nodes that are gone. Older ones than this say nothing that is still true.</summary>
    static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    public Task<RouteScoreSnapshot?> LoadAsync(CancellationToken ct) => database.RunAsync(
        async connection =>
        {
            await using var read = new NpgsqlCommand("SELECT body FROM route_score ORDER BY taken_at DESC, node DESC LIMIT 1", connection);
            return await read.ExecuteScalarAsync(ct) is string body ? JsonSerializer.Deserialize(body, StorageJson.Default.RouteScoreSnapshot) : null;
        },
        ct);

    public Task SaveAsync(RouteScoreSnapshot snapshot, CancellationToken ct) => database.RunAsync(
        async connection =>
        {
            var save = new NpgsqlBatchCommand("""
                INSERT INTO route_score (node, body, taken_at) VALUES ($1, $2, $3)
                ON CONFLICT (node) DO UPDATE SET body = excluded.body, taken_at = excluded.taken_at
                """);
            save.Parameters.Bind(node).Bind(JsonSerializer.Serialize(snapshot, StorageJson.Default.RouteScoreSnapshot)).Bind(snapshot.TakenAt);
            var delete = new NpgsqlBatchCommand("DELETE FROM route_score WHERE taken_at < $1");
            delete.Parameters.Bind(snapshot.TakenAt - KeptFor);
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { save, delete } };
            await batch.ExecuteNonQueryAsync(CancellationToken.None);
        },
        ct);
}
