using Countersign.Core.Channels;
using Countersign.Core.Insight;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;

namespace Countersign.Core.Delivery.Attempts;

/// <summary>
/// One page of an account's attempts, newest first. A page costs a bounded amount of work whatever is asked for: one that few attempts match may be short, or empty, and still
/// have a next page, which goes on where this one stopped looking. It ends, since each page looks at older rows than the one before, and nothing is older than 30 days.
/// </summary>
public sealed class ListAttempts(IAttemptStore attempts, AttemptVerifications verifications, DestinationIndex index, TimeProvider time, RetentionOptions retention)
{
    /// <summary>Looks at the store for a page at most, and verifications that they may have to find.</summary>
    const int Looks = 10, PerLook = 500;

    /// <summary>How far the first attempt may lie from the moment in its verification's SID, which is moved on where a clock was set back.</summary>
    static readonly TimeSpan Apart = TimeSpan.FromSeconds(2);

    public async Task<AttemptPage> RunAsync(AttemptFilter filter, int size, UInt128? before, CancellationToken ct)
    {
        filter = filter.KeptBy(retention);
        var now = time.GetUtcNow();
        if (filter.Verification is { } verification)
        {
            return await OfVerificationAsync(filter, verification, size, before, now, ct);
        }

        var destination = filter.Destination is { } to ? index.Of(to) : (UInt128?)null;
        var isNarrow = destination is not null || filter.IsConverted is not null;
        var scan = filter.Scan(now, isNarrow ? PerLook : size) with { Before = before };

        // A mailbox may be that of a plan, and the SID tells of the verification's own destination only: it is looked for among all mails.
        scan = filter.Destination is EmailAddress ? scan with { Channel = filter.Channel ?? Channel.Email } : scan with { MaybeOf = destination };
        var page = new List<SeenAttempt>();
        for (var look = 0; look < (isNarrow ? Looks : 1); look++)
        {
            var slice = await attempts.ScanAsync(scan, ct);
            var seen = await verifications.FindAsync([.. slice.Found.Select(found => found.Attempt)], ct);
            for (var i = 0; i < seen.Count; i++)
            {
                if (!Fits(seen[i], filter, destination))
                {
                    continue;
                }

                page.Add(seen[i]);
                if (page.Count == size)
                {
                    // Where something follows or may: also after the last row that was looked at, unless the store says that it was the last of all.
                    return new AttemptPage(page, i < seen.Count - 1 ? slice.Found[i].Place : slice.Next);
                }
            }

            if (slice.Next is null)
            {
                return new AttemptPage(page, null);
            }

            scan = scan with { Before = slice.Next };
        }

        return new AttemptPage(page, scan.Before);
    }

    /// <summary>A verification knows its sends: the first of them tells its service.</summary>
    async Task<AttemptPage> OfVerificationAsync(AttemptFilter filter, Sid verification, int size, UInt128? before, DateTimeOffset now, CancellationToken ct)
    {
        var began = verification.OrderedAt;
        var wanted = filter.Scan(now, 1);
        var first = await attempts.ScanAsync(
            new AttemptScan { Account = filter.Account, Verification = verification, From = began - Apart, To = began + Apart, Size = 1, Examine = 200_000 }, ct);
        if (first.Found.Count == 0)
        {
            return new AttemptPage([], null);
        }

        var found = new List<SeenAttempt>();
        if ((await verifications.FindAsync([first.Found[0].Attempt], ct))[0].Verification is { } known)
        {
            foreach (var send in known.Attempts.Reverse())
            {
                if (await attempts.FindAsync(send.Sid, ct) is { } attempt && wanted.Wants(attempt))
                {
                    found.Add(new SeenAttempt(attempt, known));
                }
            }
        }

        // At most a dozen: a place in the order of SIDs is enough.
        var destination = filter.Destination is { } to ? index.Of(to) : (UInt128?)null;
        var rest = found.FindAll(seen => (before is null || seen.Attempt.Sid.Value < before) && Fits(seen, filter, destination));
        return rest.Count <= size ? new AttemptPage(rest, null) : new AttemptPage(rest[..size], rest[size - 1].Attempt.Sid.Value);
    }

    bool Fits(SeenAttempt seen, AttemptFilter filter, UInt128? destination) =>
        (destination is null || (seen.To is { } to && index.Of(to) == destination))
        && (filter.IsConverted is null || seen.IsConverted == filter.IsConverted);
}

/// <summary>A page of attempts.</summary>
/// <param name="Attempts">Newest first.</param>
/// <param name="Next">Where the next page begins; null when there is none.</param>
public sealed record AttemptPage(IReadOnlyList<SeenAttempt> Attempts, UInt128? Next);
