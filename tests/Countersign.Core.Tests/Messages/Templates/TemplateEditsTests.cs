using Countersign.Core.Channels;
using Countersign.Core.Messages;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Tests.Verifications;
using CsCheck;

namespace Countersign.Core.Tests.Messages.Templates;

public sealed class TemplateEditsTests
{
    static readonly DateTimeOffset Now = Desk.Opening;

    [Fact]
    public void A_new_template_is_all_drafts_and_cannot_be_sent()
    {
        var template = Stored.Draft(("en", "{{code}}"), ("es_mx", "{{code}}!"));

        Assert.Equal(["en", "es-MX"], template.Translations.Select(translation => translation.Locale));
        Assert.All(template.Translations, translation => Assert.Equal((1, TextStatus.Draft), (translation.Newest.Number, translation.Newest.Status)));
        Assert.False(template.IsApproved);
    }

    [Fact]
    public void A_changed_text_is_a_draft_while_the_one_before_it_is_still_sent()
    {
        var template = Stored.Edited(TemplateEdits.Write(Stored.Approved(("en", "old {{code}}")), "EN", "new {{code}}", onlyNew: false, Now.AddDays(1)));

        Assert.Equal("old {{code}}", template.Find("en")!.InUse!.Text);
        Assert.Equal(new TextVersion(2, "new {{code}}", TextStatus.Draft, Now.AddDays(1)), template.Find("en")!.Newest);
    }

    [Fact]
    public void Approving_the_draft_retires_what_was_sent_before()
    {
        var template = Stored.Edited(TemplateEdits.Write(Stored.Approved(("en", "old {{code}}")), "en", "new {{code}}", onlyNew: false, Now));

        template = Stored.Edited(TemplateEdits.Approve(template, "en", 2, Now.AddDays(2)));

        Assert.Equal("new {{code}}", template.Find("en")!.InUse!.Text);
        Assert.Equal(
            new TextVersion(1, "old {{code}}", TextStatus.Retired, Now, Now, Now.AddDays(2)),
            template.Find("en")!.Versions[0]);
    }

    [Fact]
    public void A_draft_that_nobody_approved_is_retired_by_the_next()
    {
        var template = Stored.Edited(TemplateEdits.Write(Stored.Draft(("en", "one {{code}}")), "en", "two {{code}}", onlyNew: false, Now));

        Assert.Equal([TextStatus.Retired, TextStatus.Draft], template.Find("en")!.Versions.Select(version => version.Status));
        Assert.Null(template.Find("en")!.Versions[0].ApprovedAt);
    }

    [Fact]
    public void The_same_text_again_changes_nothing()
    {
        var template = Stored.Approved(("en", "{{code}}"));

        Assert.Same(template, Stored.Edited(TemplateEdits.Write(template, "en", "{{code}}", onlyNew: false, Now.AddDays(1))));
        Assert.Same(template, Stored.Edited(TemplateEdits.Approve(template, "en", null, Now.AddDays(1))));
    }

    [Fact]
    public void Another_text_than_the_operator_saw_is_not_approved() =>
        Assert.Equal(new TemplateEditResult.OtherVersion(1), TemplateEdits.Approve(Stored.Draft(("en", "{{code}}")), "en", 2, Now));

    [Fact]
    public void The_default_language_is_approved_first()
    {
        var template = Stored.Draft(("en", "{{code}}"), ("de", "{{code}}"));

        Assert.Equal(new TemplateEditResult.DefaultIsDraft("en"), TemplateEdits.Approve(template, "de", null, Now));
    }

    [Fact]
    public void A_language_can_be_added_once_and_taken_away_but_for_the_default()
    {
        var template = Stored.Draft(("en", "{{code}}"));

        var added = Assert.IsType<TemplateEditResult.Edited>(TemplateEdits.Write(template, "de", "{{code}}", onlyNew: true, Now));

        Assert.True(added.Added);
        Assert.Equal(new TemplateEditResult.TranslationExists("de"), TemplateEdits.Write(added.Template, "DE", "{{code}}!", onlyNew: true, Now));
        Assert.Equal(new TemplateEditResult.IsDefault("en"), TemplateEdits.Remove(added.Template, "en", Now));
        Assert.Equal(new TemplateEditResult.NoTranslation("fr"), TemplateEdits.Remove(added.Template, "fr", Now));
        Assert.Null(Stored.Edited(TemplateEdits.Remove(added.Template, "de", Now)).Find("de"));
    }

    [Fact]
    public void A_text_that_is_none_is_refused_with_its_reason()
    {
        var template = Stored.Draft(("en", "{{code}}"));

        Assert.Equal(new TemplateEditResult.Invalid("en", TemplateProblem.CodeNotOnce), TemplateEdits.Write(template, "en", "no code", onlyNew: false, Now));
        Assert.Equal(new TemplateEditResult.Invalid("xyz", TemplateProblem.BadLocale), TemplateEdits.Write(template, "xyz", "{{code}}", onlyNew: false, Now));
        Assert.Equal(
            new TemplateEditResult.TranslationExists("EN"),
            TemplateEdits.Create(Stored.Sid1, Stored.Account, "Test", [Channel.Sms], "en", [KeyValuePair.Create("en", "{{code}}"), KeyValuePair.Create("EN", "{{code}}")], Now));
    }

    [Fact]
    public void Old_versions_go_but_the_one_in_use_stays()
    {
        var template = Stored.Approved(("en", "in use {{code}}"));
        for (var i = 0; i < 3 * StoredTranslation.MaxVersions; i++)
            template = Stored.Edited(TemplateEdits.Write(template, "en", $"{i} {{{{code}}}}", onlyNew: false, Now));

        var translation = template.Find("en")!;
        Assert.Equal(StoredTranslation.MaxVersions, translation.Versions.Count);
        Assert.Equal("in use {{code}}", translation.InUse!.Text);
        Assert.Equal(3 * StoredTranslation.MaxVersions + 1, translation.Newest.Number);
    }

    /// <summary>Against a model that remembers, of each language, the text written last and the text approved last.</summary>
    [Fact]
    public void Whatever_the_order_of_edits_the_text_approved_last_is_the_one_in_use() => Gen.Select(Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 3]).Array[0, 60].Sample(moves =>
    {
        string[] locales = ["en", "de", "pt-BR"];
        var template = Stored.Draft(("en", "t0 {{code}}"));
        var written = new Dictionary<string, string> { ["en"] = "t0 {{code}}" };
        var approved = new Dictionary<string, string>();
        foreach (var (move, which, what) in moves)
        {
            var locale = locales[which];
            switch (move)
            {
                case 0:
                    template = Stored.Edited(TemplateEdits.Write(template, locale, written[locale] = $"t{what} {{{{code}}}}", onlyNew: false, Now));
                    break;
                case 1 when TemplateEdits.Approve(template, locale, null, Now) is TemplateEditResult.Edited edited:
                    template = edited.Template;
                    approved[locale] = written[locale];
                    break;
                case 2 when TemplateEdits.Remove(template, locale, Now) is TemplateEditResult.Edited edited:
                    template = edited.Template;
                    written.Remove(locale);
                    approved.Remove(locale);
                    break;
            }
        }

        Assert.Equal(written, template.Translations.ToDictionary(translation => translation.Locale, translation => translation.Newest.Text));
        Assert.Equal(approved, template.Translations.Where(t => t.InUse is not null).ToDictionary(translation => translation.Locale, translation => translation.InUse!.Text));
        Assert.All(template.Translations, translation => Assert.True(translation.Versions.Count(version => version.Status == TextStatus.Approved) <= 1));
        Assert.Equal(approved.ContainsKey("en"), template.IsApproved);
        Assert.True(template.IsApproved || approved.Count == 0);
    });
}
