namespace Countersign.Core.Factors;

/// <summary>How it went.</summary>
public abstract record NotifyChallengeResult
{
    /// <summary>The message is on its way (NT…).</summary>
    public sealed record Sent(Sid Notification, Challenge Challenge, TimeSpan Ttl, DateTimeOffset At) : NotifyChallengeResult;

    public sealed record NotFound : NotifyChallengeResult;

    /// <summary>Not a push factor, or none any more.</summary>
    public sealed record WrongType(FactorType Type) : NotifyChallengeResult;

    /// <summary>Nobody carries messages to the device.</summary>
    public sealed record NoPlatform : NotifyChallengeResult;

    public sealed record AlreadyAnswered(ChallengeStatus Status) : NotifyChallengeResult;

    public sealed record Expired : NotifyChallengeResult;

    /// <summary>As many were sent as may be.</summary>
    public sealed record TooMany : NotifyChallengeResult;

    NotifyChallengeResult()
    {
    }
}

/// <summary>Sends the push message of a challenge once more.</summary>
public sealed class NotifyChallenge(IEntityStore store, PushDispatch pushes, TimeProvider time, RandomSource random)
{
    public async Task<NotifyChallengeResult> RunAsync(EntityKey key, Sid challenge, TimeSpan ttl, CancellationToken ct)
    {
        var now = time.GetMillisecond();
        Factor? factor = null;
        var result = await store.ChangeAsync(key, new EntityRead(Challenge: challenge), state =>
        {
            factor = state.Factor;
            return Decide(state, ttl, now);
        }, ct);
        if (result is NotifyChallengeResult.Sent sent)
        {
            pushes.Send(factor!, sent.Challenge, sent.Notification, sent.Ttl);
        }

        return result;
    }

    EntityChange<NotifyChallengeResult> Decide(EntityState state, TimeSpan ttl, DateTimeOffset now)
    {
        if (state.Challenge is not { } challenge)
        {
            return new EntityChange<NotifyChallengeResult>(new NotifyChallengeResult.NotFound());
        }

        NotifyChallengeResult? refusal =
            state.Factor?.Push is not { } push ? new NotifyChallengeResult.WrongType(challenge.FactorType)
            : challenge.Status != ChallengeStatus.Pending ? new NotifyChallengeResult.AlreadyAnswered(challenge.Status)
            : !challenge.IsOpen(now) ? new NotifyChallengeResult.Expired()
            : push.Platform == PushPlatform.None || push.Token is null ? new NotifyChallengeResult.NoPlatform()
            : challenge.Notifications >= ChallengeLimits.MaxNotifications ? new NotifyChallengeResult.TooMany()
            : null;
        if (refusal is not null)
        {
            return new EntityChange<NotifyChallengeResult>(refusal);
        }

        var after = challenge with { Notifications = challenge.Notifications + 1 };
        return new EntityChange<NotifyChallengeResult>(new NotifyChallengeResult.Sent(Sid.NewOrdered("NT", now, random), after, ttl, now)) { Challenge = after };
    }
}
