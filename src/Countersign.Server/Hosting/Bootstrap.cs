using Countersign.Core;
using Countersign.Core.Accounts;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Server.Hosting;

/// <summary>Makes the first account and service, or the preset ones, before the first request.</summary>
sealed class Bootstrap(IAccountStore accounts, IServiceStore services, BootstrapOptions preset, TokenNotice notice, TimeProvider time, RandomSource random)
{
    public async Task<BootstrapResult> RunAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        Account account;
        bool isNew;
        try
        {
            (account, isNew) = await EnsureAccountAsync(now, ct);
        }
        catch (Exception problem) when (problem is StoreUnavailableException { IsOneRow: true } or UnknownKeyException)
        {
            // It fails alone, as every row does that cannot be read: the other accounts are served. None is made in its place.
            return new BootstrapResult(null, null, ShowsToken: false) { WhyNoAccount = problem.Message };
        }

        var service = await EnsureServiceAsync(account, isNew, now, ct);
        return new BootstrapResult(account, service, ShowsToken: preset.AuthToken is null && notice.IsDue);
    }

    async Task<(Account Account, bool IsNew)> EnsureAccountAsync(DateTimeOffset now, CancellationToken ct)
    {
        var existing = preset.AccountSid is null
            ? await accounts.FirstAccountAsync(ct)
            : await accounts.FindAccountAsync(Sid.Parse(preset.AccountSid, "AC"), ct);
        if (existing is not null && (preset.AuthToken is null || existing.AuthToken.Is(preset.AuthToken)))
        {
            return (existing, false);
        }

        if (existing is not null)
        {
            // Only the token: what another server changes of the account at this moment stays.
            var presetToken = new ApiSecret(preset.AuthToken!);
            return (await accounts.ChangeAccountAsync(existing.Sid, found => found with { AuthToken = presetToken }, ct) ?? existing, false);
        }

        if (preset.AccountSid is not null)
        {
            // A damaged one may be the one that is preset, whose SID cannot be read: it says so.
            await accounts.FirstAccountAsync(ct);
        }

        var token = preset.AuthToken is null ? ApiSecret.New(random) : new ApiSecret(preset.AuthToken);
        var account = new Account
        {
            Sid = preset.AccountSid is null ? Sid.NewRandom("AC", random) : Sid.Parse(preset.AccountSid, "AC"),
            FriendlyName = "My first account",
            AuthToken = token,
            CreatedAt = now,
        };
        if (preset.AuthToken is null)
        {
            notice.Leave();
        }

        return await accounts.SaveAccountAsync(account, ct)
            ? (account, true)
            : throw new InvalidOperationException($"Countersign:Bootstrap:AccountSid names an account that there is not, and there are {AccountLimits.MaxAccounts} already. Preset one of those.");
    }

    async Task<VerifyService?> EnsureServiceAsync(Account account, bool isNew, DateTimeOffset now, CancellationToken ct)
    {
        var wanted = preset.ServiceSid is null ? (Sid?)null : Sid.Parse(preset.ServiceSid, "VA");
        if (wanted is { } sid && await services.FindAsync(sid, ct) is { } found)
        {
            return found.AccountSid == account.Sid
                ? found
                : throw new InvalidOperationException("Countersign:Bootstrap:ServiceSid names a service of another account. Preset a SID of its own.");
        }

        if (wanted is null && !isNew)
        {
            // An operator who deleted every service wants none back.
            return await services.FirstAsync(account.Sid, ct);
        }

        var service = new VerifyService
        {
            Sid = wanted ?? Sid.NewRandom("VA", random),
            AccountSid = account.Sid,
            FriendlyName = "Countersign",
            CreatedAt = now,
            UpdatedAt = now,
        };
        await services.CreateAsync(service, ct);
        return service;
    }
}

/// <summary>
/// What the start banner shows. It shows the Auth Token if that was made up here and nobody has seen it yet; a preset one is known to who set it, and the output
/// of a container is a log.
/// </summary>
/// <param name="Account">Null where it is there and cannot be read.</param>
/// <param name="Service">Null where it has none.</param>
/// <param name="ShowsToken">Nobody has seen the token yet.</param>
sealed record BootstrapResult(Account? Account, VerifyService? Service, bool ShowsToken)
{
    /// <summary>Why it cannot be read; null where it can.</summary>
    public string? WhyNoAccount { get; init; }
}
