namespace Countersign.Core.Factors;

/// <summary>Makes an entity for an identity.</summary>
public sealed class CreateEntity(IEntityStore store, EntityIndex index, TimeProvider time, RandomSource random)
{
    /// <summary>The entity; null where the identity has one already.</summary>
    public Task<Entity?> RunAsync(Sid account, Sid service, EntityIdentity identity, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        return store.ChangeAsync(index.Of(service, identity), default, state =>
        {
            if (state.Entity is not null)
            {
                return new EntityChange<Entity?>(null);
            }

            var made = New(account, service, identity, now, random);
            return new EntityChange<Entity?>(made) { Entity = made };
        }, ct);
    }

    internal static Entity New(Sid account, Sid service, EntityIdentity identity, DateTimeOffset now, RandomSource random) => new()
    {
        Sid = Sid.NewOrdered("YE", now, random),
        ServiceSid = service,
        AccountSid = account,
        Identity = identity,
        CreatedAt = now,
        UpdatedAt = now,
    };
}
