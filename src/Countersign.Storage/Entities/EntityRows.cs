using Countersign.Core;
using Countersign.Core.Factors;

namespace Countersign.Storage.Entities;

/// <summary>An entity as it lies in a table; its version grows with every change below it, in stores that need one.</summary>
sealed record EntityRow(long Position, UInt128 Index, Sid Sid, Sid ServiceSid, Sid AccountSid, long Version, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, byte[] Body);

/// <summary>A factor as it lies in a table.</summary>
sealed record FactorRow(
    UInt128 Index, Sid Sid, Sid EntitySid, Sid ServiceSid, Sid AccountSid, FactorType Type, FactorStatus Status, UInt128? Credential, DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt, byte[] Body);

/// <summary>A challenge as it lies in a table.</summary>
sealed record ChallengeRow(
    UInt128 Index, Sid Sid, Sid EntitySid, Sid FactorSid, Sid ServiceSid, Sid AccountSid, FactorType FactorType, ChallengeStatus Status, DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt, DateTimeOffset ExpiresAt, byte[] Body);

/// <summary>What the rows of one read make.</summary>
static class EntityStates
{
    public static EntityState Open(EntityBodies bodies, EntityRow? entity, FactorRow? factor, ChallengeRow? challenge, IEnumerable<FactorRow> factors)
    {
        if (entity is null)
        {
            return new EntityState(null, null, null, []);
        }

        // What an entity left that had the identity before is nobody's.
        return new EntityState(
            bodies.Open(entity),
            factor?.EntitySid == entity.Sid ? bodies.Open(factor) : null,
            challenge?.EntitySid == entity.Sid ? bodies.Open(challenge) : null,
            [.. factors.Where(row => row.EntitySid == entity.Sid).OrderBy(static row => row.CreatedAt).ThenBy(static row => row.Sid).Select(bodies.Open)]);
    }
}
