namespace Countersign.Core.Routing;

/// <summary>Where what routes have learned survives a restart. Losing the last minute of it costs nothing but a little exploration.</summary>
public interface IRouteScoreStore
{
    /// <summary>What was kept last; null for nothing.</summary>
    Task<RouteScoreSnapshot?> LoadAsync(CancellationToken ct);

    /// <summary>Keeps a snapshot in the place of the one before. Durable when it returns.</summary>
    Task SaveAsync(RouteScoreSnapshot snapshot, CancellationToken ct);
}
