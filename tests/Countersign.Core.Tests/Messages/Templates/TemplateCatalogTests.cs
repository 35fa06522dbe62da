using Countersign.Core.Channels;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Tests.Registry;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Core.Tests.Messages.Templates;

public sealed class TemplateCatalogTests
{
    static readonly Sid Other = Sid.Parse("HJ00000000000000000000000000000002", "HJ");

    readonly MemoryRegistry<StoredTemplate> _registry = new();

    TemplateCatalog Catalog => field ??= new TemplateCatalog(_registry);

    [Fact]
    public async Task A_template_asked_for_is_used_on_its_channels_and_the_services_own_in_texts_only()
    {
        await PutAsync(Stored.Approved(("en", "{{code}}")));
        await PutAsync(Stored.Approve(Stored.Draft(Other, [Channel.Sms], ("en", "{{code}} other"))));

        Assert.Equal("{{code}}", For(Channel.Sms, Stored.Sid1, Other));
        Assert.Equal("{{code}}", For(Channel.Call, Stored.Sid1, Other));
        Assert.Null(For(Channel.Email, Stored.Sid1, Other));
        Assert.Null(For(Channel.Call, Other, null));
        Assert.Equal("{{code}} other", For(Channel.Sms, null, Other));
        Assert.Null(For(Channel.Call, null, Stored.Sid1));
        Assert.Null(For(Channel.Sms, null, null));
    }

    [Fact]
    public async Task What_is_gone_not_approved_or_anothers_gives_way_to_the_standard_words()
    {
        Assert.Null(For(Channel.Sms, Stored.Sid1, null));
        await PutAsync(Stored.Draft(("en", "{{code}}")));
        Assert.Null(For(Channel.Sms, Stored.Sid1, null));
        await PutAsync(Stored.Approved(("en", "{{code}}")));
        Assert.NotNull(For(Channel.Sms, Stored.Sid1, null));

        Assert.Null(Catalog.For(Sid.Parse("ACfedcba9876543210fedcba9876543210", "AC"), Channel.Sms, Stored.Sid1, null));
        await _registry.DeleteAsync(Stored.Account, Stored.Sid1.ToString(), CancellationToken.None);
        Assert.Null(For(Channel.Sms, Stored.Sid1, null));
    }

    [Fact]
    public async Task An_edit_is_seen_by_the_next_message_and_a_draft_never_is()
    {
        var template = Stored.Approved(("en", "old {{code}}"));
        await PutAsync(template);
        Assert.Equal("old {{code}}", For(Channel.Sms, Stored.Sid1, null));

        template = Stored.Edited(TemplateEdits.Write(template, "en", "new {{code}}", onlyNew: false, Desk.Opening));
        await PutAsync(Stored.Edited(TemplateEdits.Write(template, "de", "neu {{code}}", onlyNew: true, Desk.Opening)));

        var inUse = Catalog.For(Stored.Account, Channel.Sms, Stored.Sid1, null)!;
        Assert.Equal(["en"], inUse.Translations.Select(translation => translation.Locale));
        Assert.Equal("old {{code}}", inUse.Default.Text);

        await PutAsync(Stored.Approve(template));
        Assert.Equal("new {{code}}", For(Channel.Sms, Stored.Sid1, null));
    }

    [Theory]
    [InlineData(Channel.Sms, null, "+33639980011", "fr")]
    [InlineData(Channel.Sms, "pt-BR", "+33639980011", "pt-BR")]
    [InlineData(Channel.Sms, "sw", "+33639980011", "sw")]
    [InlineData(Channel.Sms, "fi", "+33639980011", "en")]
    [InlineData(Channel.Sms, null, "+14155550123", "en")]
    [InlineData(Channel.Call, "pt-BR", "+14155550123", "pt-BR")]
    [InlineData(Channel.Call, "sw", "+33639980011", "en")]
    public void The_language_asked_for_goes_before_the_countrys_and_that_before_the_default(Channel channel, string? asked, string to, string used)
    {
        var registry = new TemplateCatalog(_registry);
        var template = registry.InUse(Stored.Approved(("en", "{{code}}"), ("fr", "{{code}}"), ("pt-BR", "{{code}}"), ("sw", "{{code}}")))!;

        Assert.Equal(used, TemplateCatalog.Translation(template, channel, asked, Countersign.Core.Numbers.PhoneNumber.Restore(to)).Locale);
    }

    Task<StoredTemplate?> PutAsync(StoredTemplate template) => _registry.PutAsync(template.AccountSid, template.Name, _ => template, CancellationToken.None);

    string? For(Channel channel, Sid? asked, Sid? serviceDefault) => Catalog.For(Stored.Account, channel, asked, serviceDefault)?.Default.Text;
}
