using Countersign.Core.Registry;

namespace Countersign.Core.Messages.Templates;

/// <summary>
/// Keeps a template that becomes a service's own from being deleted at that moment, whichever servers are asked for the two. Both are decided by writes of the template: who makes a service of it claims
/// it until the service is written, and who deletes it announces that first and then looks for services. So each sees the other, or comes first.
/// </summary>
/// <param name="templates">Where they are kept.</param>
/// <param name="time">By whose clock what a server that was stopped half-way left counts no more.</param>
public sealed class TemplateClaims(IRegistry<StoredTemplate> templates, TimeProvider time)
{
    /// <summary>How long a claim or an announcement counts: only those that nobody took back live so long.</summary>
    static readonly TimeSpan CountsFor = TimeSpan.FromMinutes(1);

    /// <summary>Claims a template for a service; null where it is gone, or is being deleted. To be given back once the service is written, or is not going to be.</summary>
    public async Task<TemplateClaim?> ClaimAsync(Sid account, Sid template, Sid service, CancellationToken ct)
    {
        var claim = new TemplateClaim(service, time.GetUtcNow());
        var isClaimed = false;
        await templates.PutAsync(
            account,
            template.ToString(),
            before =>
            {
                isClaimed = before is not null && !Counts(before.LeavingSince);
                return isClaimed ? before! with { Claims = [.. Counting(before!), claim] } : null;
            },
            ct);
        return isClaimed ? claim : null;
    }

    /// <summary>Gives a claim back.</summary>
    public Task ReleaseAsync(Sid account, Sid template, TemplateClaim claim) => templates.PutAsync(
        account,
        template.ToString(),
        before =>
        {
            if (before is null || before.Claims.ToList() is not { } claims || !claims.Remove(claim))
            {
                return null; // It was not needed any more, or is older than it may be.
            }

            return before with { Claims = claims };
        },
        CancellationToken.None);

    /// <summary>Announces that a template is going to be deleted, so that nobody claims it any more.</summary>
    public async Task<TemplateLeave> AnnounceAsync(Sid account, string template, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        TemplateLeave leave = new TemplateLeave.None();
        await templates.PutAsync(
            account,
            template,
            before =>
            {
                if (before is null)
                {
                    leave = new TemplateLeave.None();
                    return null;
                }

                if (Counting(before).ToList() is { Count: > 0 } claims)
                {
                    leave = new TemplateLeave.Claimed([.. claims.Select(static claim => claim.Service).Distinct()]);
                    return null;
                }

                // Somebody else may be deleting it, and takes their announcement back themselves.
                leave = new TemplateLeave.Announced(before, Counts(before.LeavingSince) ? null : now);
                return Counts(before.LeavingSince) ? null : before with { Claims = [], LeavingSince = now };
            },
            ct);
        return leave;
    }

    /// <summary>Takes the announcement back: the template stays.</summary>
    public async Task StayAsync(TemplateLeave.Announced leave)
    {
        if (leave.Since is { } since)
        {
            await templates.PutAsync(
                leave.Template.AccountSid, leave.Template.Name, before => before?.LeavingSince == since ? before with { LeavingSince = null } : null, CancellationToken.None);
        }
    }

    IEnumerable<TemplateClaim> Counting(StoredTemplate template) => template.Claims.Where(claim => Counts(claim.At));

    // A clock that was set back must not keep it for ever.
    bool Counts(DateTimeOffset? at) => at is { } moment && (time.GetUtcNow() - moment).Duration() < CountsFor;
}

/// <summary>A service that is about to have a template for its own.</summary>
public sealed record TemplateClaim(Sid Service, DateTimeOffset At);

/// <summary>What came of announcing that a template is going to be deleted.</summary>
public abstract record TemplateLeave
{
    /// <summary>There is no such template.</summary>
    public sealed record None : TemplateLeave;

    /// <summary>These services are about to have it for their own.</summary>
    public sealed record Claimed(IReadOnlyList<Sid> Services) : TemplateLeave;

    /// <summary>Nobody claims it from now on. <paramref name="Since"/> is null where somebody else announced it before.</summary>
    public sealed record Announced(StoredTemplate Template, DateTimeOffset? Since) : TemplateLeave;

    TemplateLeave()
    {
    }
}
