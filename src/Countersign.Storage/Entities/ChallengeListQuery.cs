using Countersign.Core;
using Countersign.Core.Factors;

namespace Countersign.Storage.Entities;

/// <summary>What a list of challenges means in terms of rows.</summary>
readonly record struct ChallengeListQuery(
    bool Ascending, long From, long Size, Sid? Factor, ChallengeStatus? Status, long CreatedFrom, long ExpiresAfter, long ExpiresUntil)
{
    public static ChallengeListQuery Of(ChallengeFilter filter, PageRequest request)
    {
        var ascending = filter.OldestFirst != request.Cursor is { Backwards: true };
        var now = filter.Now.ToUnixTimeMilliseconds();
        return new ChallengeListQuery(
            ascending,
            request.Cursor?.Position ?? (ascending ? -1 : long.MaxValue),

            // One more than asked tells whether there is a neighbour on the far side.
            (long)request.Size + 1,
            filter.Factor,
            filter.Status switch
            {
                ChallengeFilterStatus.Pending or ChallengeFilterStatus.Expired => ChallengeStatus.Pending,
                ChallengeFilterStatus.Approved => ChallengeStatus.Approved,
                ChallengeFilterStatus.Denied => ChallengeStatus.Denied,
                _ => null,
            },

            // What may be pending is among the newest: no need to look through years of answers for it.
            filter.Status == ChallengeFilterStatus.Pending ? now - (long)(ChallengeLimits.LongestLife + ChallengeLimits.ClockMargin).TotalMilliseconds : -1,
            filter.Status == ChallengeFilterStatus.Pending ? now : -1,
            filter.Status == ChallengeFilterStatus.Expired ? now : long.MaxValue);
    }
}
