using Countersign.Adapters.Tests.Sqlite;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Messages.Templates;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>What keeps a template from being deleted while it becomes a service's own, over a real store.</summary>
public sealed class TemplateClaimsTests : IAsyncDisposable
{
    static readonly Sid Template = Sid.Parse("HJ0123456789abcdef0123456789abcdef", "HJ");

    readonly SqliteHome _home = new();
    readonly Storage.Sqlite.SqliteStore _store;
    readonly TemplateClaims _claims;

    public TemplateClaimsTests()
    {
        _store = _home.OpenSqlite();
        _claims = new TemplateClaims(_store.Templates, _home.Time);
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        await _home.DisposeAsync();
    }

    [Fact]
    public async Task A_claim_keeps_it_until_it_is_given_back()
    {
        await PutAsync();
        var claim = await ClaimAsync();
        var second = await ClaimAsync();

        Assert.Equal([Given.Service], Assert.IsType<TemplateLeave.Claimed>(await AnnounceAsync()).Services);
        await _claims.ReleaseAsync(Given.Account, Template, claim!);
        Assert.IsType<TemplateLeave.Claimed>(await AnnounceAsync());
        await _claims.ReleaseAsync(Given.Account, Template, second!);
        Assert.IsType<TemplateLeave.Announced>(await AnnounceAsync());
    }

    [Fact]
    public async Task What_is_being_deleted_is_claimed_by_nobody_until_it_is_to_stay()
    {
        await PutAsync();
        var announced = Assert.IsType<TemplateLeave.Announced>(await AnnounceAsync());
        var another = Assert.IsType<TemplateLeave.Announced>(await AnnounceAsync());

        Assert.Null(await ClaimAsync());
        await _claims.StayAsync(another);
        Assert.Null(await ClaimAsync());
        await _claims.StayAsync(announced);
        Assert.NotNull(await ClaimAsync());
    }

    [Fact]
    public async Task What_a_server_left_that_was_stopped_counts_for_a_minute()
    {
        await PutAsync();
        await ClaimAsync();
        _home.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.IsType<TemplateLeave.Announced>(await AnnounceAsync());
        _home.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(await ClaimAsync());
    }

    [Fact]
    public async Task There_is_nothing_to_claim_or_announce_where_there_is_none()
    {
        Assert.Null(await ClaimAsync());
        Assert.IsType<TemplateLeave.None>(await AnnounceAsync());
        Assert.Empty(_store.Templates.Of(Given.Account));
    }

    Task<TemplateClaim?> ClaimAsync() => _claims.ClaimAsync(Given.Account, Template, Given.Service, CancellationToken.None);

    Task<TemplateLeave> AnnounceAsync() => _claims.AnnounceAsync(Given.Account, Template.ToString(), CancellationToken.None);

    Task<StoredTemplate?> PutAsync() => _store.Templates.PutAsync(
        Given.Account,
        Template.ToString(),
        _ => new StoredTemplate
        {
            Sid = Template,
            AccountSid = Given.Account,
            FriendlyName = "Greeting",
            Channels = [Channel.Sms],
            DefaultLocale = "en",
            Translations = [],
            CreatedAt = _home.Time.GetUtcNow(),
            UpdatedAt = _home.Time.GetUtcNow(),
        },
        CancellationToken.None);
}
