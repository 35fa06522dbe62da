using System.Text.Json;
using Countersign.Core.Routing;

namespace Countersign.Storage.Sqlite;

/// <summary>What routes have learned, in one row.</summary>
sealed class SqliteRouteScores(GroupCommit writer, WriteContext context) : IRouteScoreStore
{
    readonly Statement _read = context.Prepare("SELECT body FROM route_score WHERE id = 1");
    readonly Statement _write = context.Prepare("INSERT INTO route_score (id, body, taken_at) VALUES (1, ?1, ?2) ON CONFLICT (id) DO UPDATE SET body = excluded.body, taken_at = excluded.taken_at");

    public Task<RouteScoreSnapshot?> LoadAsync(CancellationToken ct) => writer.RunAsync(_ =>
    {
        if (!_read.Read())
        {
            return null;
        }

        var body = _read.Text(0);
        _read.Reset();
        return JsonSerializer.Deserialize(body, StorageJson.Default.RouteScoreSnapshot);
    });

    public Task SaveAsync(RouteScoreSnapshot snapshot, CancellationToken ct)
    {
        var body = JsonSerializer.Serialize(snapshot, StorageJson.Default.RouteScoreSnapshot);
        return writer.RunAsync(_ => _write.Bind(body).Bind(snapshot.TakenAt).Run());
    }
}
