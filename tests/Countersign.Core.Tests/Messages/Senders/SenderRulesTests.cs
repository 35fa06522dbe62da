using Countersign.Core.Messages.Senders;
using CsCheck;

namespace Countersign.Core.Tests.Messages.Senders;

public sealed class SenderRulesTests
{
    [Fact]
    public void At_least_60_countries_are_known_each_once_and_by_its_code()
    {
        Assert.InRange(SenderRules.Known.Count(rule => rule.Alphanumeric != SenderSupport.Unknown), 60, 250);
        Assert.All(SenderRules.Known, rule =>
        {
            Assert.Matches("^[A-Z]{2}$", rule.Country);
            Assert.Contains(rule.Country, PhoneNumbers.PhoneNumberUtil.GetInstance().GetSupportedRegions());
        });
    }

    [Fact]
    public void What_needs_registration_says_so_in_a_sentence() => Assert.All(SenderRules.Known, rule =>
    {
        SenderKind[] kinds = [SenderKind.Alphanumeric, SenderKind.Number, SenderKind.ShortCode];

        Assert.True(rule.Registration is not null || !kinds.Any(kind => rule.Of(kind) == SenderSupport.RegistrationNeeded), rule.Country);
        Assert.All([rule.Registration, rule.Note], sentence => Assert.True(sentence?.EndsWith('.') ?? true, rule.Country));
    });

    [Fact]
    public void A_country_that_wants_replies_takes_no_names() => Assert.All(
        SenderRules.Known.Where(rule => rule.TwoWayOnly),
        rule => Assert.Equal(SenderSupport.NotAllowed, rule.Alphanumeric));

    [Theory]
    [InlineData("US", SenderSupport.NotAllowed)]
    [InlineData("CA", SenderSupport.NotAllowed)]
    [InlineData("CN", SenderSupport.NotAllowed)]
    [InlineData("ZA", SenderSupport.NotAllowed)]
    [InlineData("GB", SenderSupport.Allowed)]
    [InlineData("de", SenderSupport.Allowed)]
    [InlineData("IN", SenderSupport.RegistrationNeeded)]
    [InlineData("SG", SenderSupport.RegistrationNeeded)]
    [InlineData("AU", SenderSupport.RegistrationNeeded)]
    [InlineData("AE", SenderSupport.RegistrationNeeded)]
    [InlineData("ZZ", SenderSupport.Unknown)]
    public void A_country_allows_names_or_does_not(string country, SenderSupport names) =>
        Assert.Equal(names, SenderRules.For(country).Alphanumeric);

    [Theory]
    [InlineData("US", "10DLC")]
    [InlineData("SG", "SSIR")]
    [InlineData("AU", "60250")]
    [InlineData("IN", "DLT")]
    [InlineData("CN", "60220")]
    public void A_registration_names_where_it_is_made_or_the_error_without_it(string country, string word) =>
        Assert.Contains(word, SenderRules.For(country).Registration, StringComparison.Ordinal);

    [Fact]
    public void Canada_is_sent_to_without_a_name_and_Britain_is_not()
    {
        Assert.True(SenderRules.For("CA").Brandless);
        Assert.False(SenderRules.For("GB").Brandless);
        Assert.Null(SenderRules.For("GB").Registration);
    }

    [Fact]
    public void The_first_sender_that_the_country_lets_through_is_chosen()
    {
        string[] senders = ["Acme", "+14155550100", "12345"];

        var british = SenderRules.Choose("GB", senders);
        var american = SenderRules.Choose("us", senders);

        Assert.Equal(("Acme", SenderSupport.Allowed, null), (british.Sender, british.Support, british.Caution));
        Assert.Empty(british.PassedOver);
        Assert.Equal("+14155550100", american.Sender);
        Assert.Equal([new PassedOverSender("Acme", SenderRefusal.CannotBeRepliedTo)], american.PassedOver);
    }

    [Fact]
    public void A_sender_that_has_to_be_registered_is_chosen_with_a_caution()
    {
        var choice = SenderRules.Choose("IN", ["+14155550100", "Acme"]);

        Assert.Equal(("Acme", SenderSupport.RegistrationNeeded), (choice.Sender, choice.Support));
        Assert.Contains("DLT", choice.Caution, StringComparison.Ordinal);
        Assert.Equal([new PassedOverSender("+14155550100", SenderRefusal.NotAllowed)], choice.PassedOver);
    }

    [Fact]
    public void Where_nothing_is_known_the_operators_order_holds_and_malformed_senders_are_passed_over()
    {
        var choice = SenderRules.Choose("ZZ", ["A name too long", "Acme"]);

        Assert.Equal(("Acme", SenderSupport.Unknown, null), (choice.Sender, choice.Support, choice.Caution));
        Assert.Equal([new PassedOverSender("A name too long", SenderRefusal.Malformed)], choice.PassedOver);
    }

    [Fact]
    public void None_is_chosen_where_none_may_be_used()
    {
        var choice = SenderRules.Choose("ZA", ["Acme", "?"]);

        Assert.Null(choice.Sender);
        Assert.Equal([SenderRefusal.NotAllowed, SenderRefusal.Malformed], choice.PassedOver.Select(sender => sender.Reason));
    }

    [Fact]
    public void Whatever_is_configured_each_sender_is_chosen_passed_over_or_behind_the_chosen_one() =>
        Gen.Select(Gen.OneOf("US", "GB", "IN", "ZZ"), Gen.OneOf(Gen.OneOf("Acme", "+14155550100", "12345"), Gen.String[0, 12]).Array[0, 6])
            .Sample((country, senders) =>
            {
                var choice = SenderRules.Choose(country, senders);

                Assert.Equal(senders.Take(choice.PassedOver.Count), choice.PassedOver.Select(sender => sender.Sender));
                Assert.Equal(senders.Skip(choice.PassedOver.Count).FirstOrDefault(), choice.Sender);
            });
}
