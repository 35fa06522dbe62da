namespace Countersign.Core.Factors;

/// <summary>Makes an access token: an app that has no credentials may add one kind of factor to one entity with it.</summary>
public sealed class CreateAccessToken(IEntityStore store, TimeProvider time, RandomSource random)
{
    /// <summary>Seconds that a token is good for at least and at most, and unless its maker says otherwise.</summary>
    public const int MinSeconds = 60, MaxSeconds = 300, DefaultSeconds = 60;

    public async Task<AccessToken> RunAsync(Sid account, Sid service, EntityIdentity identity, string? friendlyName, int? seconds, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        var token = new AccessToken
        {
            Sid = Sid.NewOrdered("YK", now, random),
            ServiceSid = service,
            AccountSid = account,
            Identity = identity,
            FactorType = FactorType.Push,
            FactorFriendlyName = friendlyName,
            Lifetime = TimeSpan.FromSeconds(seconds ?? DefaultSeconds),
            CreatedAt = now,
        };
        await store.AddTokenAsync(token, ct);
        return token;
    }
}
