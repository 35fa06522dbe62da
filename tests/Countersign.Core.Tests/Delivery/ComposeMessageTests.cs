using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Delivery;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Messages.Templates;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Tests.Messages.Templates;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Registry;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Core.Tests.Delivery;

/// <summary>Which words and which sender a message goes out with.</summary>
public sealed class ComposeMessageTests
{
    const string American = "+14155550123", British = "+447700900456", French = "+33639980011", Canadian = "+12045550123";

    static readonly Sid Pool = Sid.Parse("MG00000000000000000000000000000001", "MG");
    static readonly Sid OtherPool = Sid.Parse("MG00000000000000000000000000000002", "MG");

    readonly MemoryRegistry<StoredTemplate> _templates = new();
    readonly MemoryRegistry<MessagingService> _pools = new();
    readonly MemoryRegistry<MessagingConfiguration> _configurations = new();
    readonly CodeVault _codes = new(Rings.WithKeys(1), new ReplayedRandom(5));
    readonly ComposeMessage _compose;
    VerifyService _service = Desk.InMemory().Desk.Service;

    public ComposeMessageTests()
    {
        _compose = new ComposeMessage(_codes, new TemplateCatalog(_templates), new SenderPools(_configurations, _pools));
    }

    [Fact]
    public void The_template_asked_for_is_sent_in_the_language_of_the_number()
    {
        Keep(Stored.Approved(("en", "{{user}}, {{code}} for {{friendly_name}}"), ("fr", "{{user}}, {{code}} pour {{friendly_name}}")));

        Assert.Equal("Ann, 246810 pour Desk", Text(French, Asked("Ann")));
        Assert.Equal("Ann, 246810 for Desk", Text(British, Asked("Ann")));
        Assert.Equal("Ann, 246810 for Acme", Text(British, Asked("Ann") with { CustomFriendlyName = "Acme" }));
    }

    [Fact]
    public void The_services_own_template_is_sent_where_none_was_asked_for()
    {
        Keep(Stored.Approved(("en", "Own {{code}}")));
        _service = _service with { DefaultTemplateSid = Stored.Sid1 };

        Assert.Equal("Own 246810", Text(American, new VerificationDetails()));
    }

    [Fact]
    public void A_template_that_is_gone_or_cannot_be_filled_any_more_never_strands_the_person()
    {
        var standard = Text(American, new VerificationDetails());
        Assert.Equal(standard, Text(American, Asked("Ann")));

        Keep(Stored.Approved(("en", "{{other}} {{code}}")));
        Assert.Equal(standard, Text(American, Asked("Ann")));
        Assert.Contains("246810", standard, StringComparison.Ordinal);
    }

    [Fact]
    public void A_payment_is_named_by_the_template_or_by_the_standard_words()
    {
        var payment = new VerificationDetails { TemplateSid = Stored.Sid1, Amount = "EUR 12", Payee = "Corner Shop" };
        Keep(Stored.Approved(("en", "Pay {{amount}} to {{payee}}: {{code}}")));
        Assert.Equal("Pay EUR 12 to Corner Shop: 246810", Text(American, payment));

        Keep(Stored.Approved(("en", "Nothing of a payment {{code}}")));
        Assert.Contains("EUR 12", Text(American, payment), StringComparison.Ordinal);
    }

    [Fact]
    public void A_countrys_brandless_rule_is_for_the_standard_words_only()
    {
        Assert.DoesNotContain("Desk", Text(Canadian, new VerificationDetails()), StringComparison.Ordinal);

        Keep(Stored.Approved(("en", "{{friendly_name}}: {{code}}")));

        Assert.Equal("Desk: 246810", Text(Canadian, new VerificationDetails { TemplateSid = Stored.Sid1 }));
    }

    [Theory]
    [InlineData("Your {{friendly_name}} code is {{code}}. Do not share it.", "Your Desk code is", "Do not share it. Goodbye.")]
    [InlineData("Your code: {{code}}", "Your code:", "Goodbye.")]
    [InlineData("Use {{code}} for {{friendly_name}}", "Use", "for Desk. Goodbye.")]
    [InlineData("{{code}} is your {{friendly_name}} code.", "2, 4, 6, 8, 1, 0 is your Desk code.", "Goodbye.")]
    public void A_call_says_the_template_around_the_code(string text, string announced, string closing)
    {
        Keep(Stored.Approved(("en", text)));

        var script = Compose(American, new VerificationDetails { TemplateSid = Stored.Sid1 }, Channel.Call).Voice!;

        Assert.Equal((announced, closing), (script.Announce, script.Goodbye));
        Assert.Equal(["2", "4", "6", "8", "1", "0"], script.Digits);
        Assert.Equal("Hello. This is Desk calling with your verification code.", script.Greeting);
    }

    [Fact]
    public void A_call_is_not_told_more_than_carriers_take()
    {
        Keep(Stored.Approved(("en", "{{long}} {{code}}")));

        var details = new VerificationDetails { TemplateSid = Stored.Sid1, Substitutions = new Dictionary<string, string> { ["long"] = new('語', 334) } };

        Assert.Equal("Your code is:", Compose(American, details, Channel.Call).Voice!.Announce);
    }

    [Fact]
    public void A_call_in_a_language_of_the_template_that_cannot_be_spoken_takes_its_default_or_the_standard_words()
    {
        Keep(Stored.Approved(("en", "Announced {{code}}"), ("sw", "Tangazo {{code}}")));
        Assert.Equal("Announced", Compose(American, new VerificationDetails { TemplateSid = Stored.Sid1, Locale = "sw" }, Channel.Call).Voice!.Announce);

        Keep(Stored.Approved(("sw", "Tangazo {{code}}")));
        Assert.Equal("Your code is:", Compose(American, new VerificationDetails { TemplateSid = Stored.Sid1, Locale = "sw" }, Channel.Call).Voice!.Announce);
    }

    [Fact]
    public void The_pool_of_the_country_goes_before_the_pool_for_all_and_both_before_the_carriers_senders()
    {
        Keep(new MessagingService { Sid = Pool, AccountSid = Stored.Account, Senders = ["+447700900100"], CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening });
        Keep(new MessagingService { Sid = OtherPool, AccountSid = Stored.Account, Senders = ["+14155550199"], CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening });
        Assert.Equal("+14155550100", SenderFor(British));

        Configure("all", OtherPool);
        Assert.Equal("+14155550199", SenderFor(British));
        Configure("GB", Pool);

        Assert.Equal("+447700900100", SenderFor(British));
        Assert.Equal("+14155550199", SenderFor(American));
    }

    [Fact]
    public void A_pool_is_given_to_its_carriers_only_and_passed_over_where_the_country_lets_none_of_it_through()
    {
        Configure("all", Pool);
        Keep(new MessagingService { Sid = Pool, AccountSid = Stored.Account, Senders = ["+14155550199"], Carriers = ["other"], CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening });
        Assert.Equal("+14155550100", SenderFor(British));

        Keep(new MessagingService { Sid = Pool, AccountSid = Stored.Account, Senders = ["Acme"], CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening });
        Assert.Equal("+14155550100", SenderFor(Canadian));
    }

    [Theory]
    [InlineData(true, American, false)]
    [InlineData(false, Canadian, true)]
    [InlineData(null, Canadian, false)]
    [InlineData(null, American, true)]
    public void A_pool_may_say_whether_the_name_is_left_out_and_else_the_country_does(bool? brandless, string to, bool named)
    {
        Configure("all", Pool);
        Keep(new MessagingService { Sid = Pool, AccountSid = Stored.Account, Brandless = brandless, CreatedAt = Desk.Opening, UpdatedAt = Desk.Opening });

        Assert.Equal(named, Text(to, new VerificationDetails()).Contains("Desk", StringComparison.Ordinal));
    }

    [Fact]
    public void A_pool_that_is_gone_leaves_the_carriers_senders()
    {
        Configure("all", Pool);

        Assert.Equal("+14155550100", SenderFor(American));
    }

    [Theory]
    [InlineData("+919876543210")]
    [InlineData("+971501234567")]
    [InlineData(British)]
    public void A_call_comes_from_the_first_number_whatever_the_country_lets_stand_on_texts(string to) =>
        Assert.Equal("+14155550100", From(Compose(to, new VerificationDetails(), Channel.Call), "Acme", "72404", "+14155550100", "+14155550101"));

    [Fact]
    public void Without_a_number_a_call_leaves_the_caller_to_the_carrier() =>
        Assert.Null(From(Compose(British, new VerificationDetails(), Channel.Call), "Acme"));

    [Theory]
    [InlineData("+919876543210")]
    [InlineData(British)]
    public void A_countrys_rule_for_texts_says_nothing_of_other_channels(string to) =>
        Assert.Equal("+14155550100", From(Compose(to, new VerificationDetails(), Channel.WhatsApp), "+14155550100", "Acme"));

    static VerificationDetails Asked(string user) =>
        new() { TemplateSid = Stored.Sid1, Substitutions = new Dictionary<string, string> { ["user"] = user } };

    void Keep(StoredTemplate template) => _ = _templates.PutAsync(template.AccountSid, template.Name, _ => template, CancellationToken.None);

    void Keep(MessagingService pool) => _ = _pools.PutAsync(pool.AccountSid, pool.Name, _ => pool, CancellationToken.None);

    void Configure(string country, Sid pool)
    {
        var configuration = new MessagingConfiguration
        {
            AccountSid = Stored.Account,
            ServiceSid = _service.Sid,
            Country = country,
            MessagingServiceSid = pool,
            CreatedAt = Desk.Opening,
            UpdatedAt = Desk.Opening,
        };
        _ = _configurations.PutAsync(configuration.AccountSid, configuration.Name, _ => configuration, CancellationToken.None);
    }

    string? SenderFor(string to) => From(Compose(to, new VerificationDetails()), "+14155550100");

    static string? From(OutgoingMessage message, params string[] senders) => ComposeMessage.From(message, new CarrierDefinition
    {
        AccountSid = Stored.Account,
        Name = "acme",
        Kind = "test",
        Settings = new Dictionary<string, string>(),
        Secrets = new Dictionary<string, string>(),
        Senders = senders,
        CreatedAt = Desk.Opening,
        UpdatedAt = Desk.Opening,
    }).Sender;

    string Text(string to, VerificationDetails details) => Compose(to, details).Message.Text;

    OutgoingMessage Compose(string to, VerificationDetails details, Channel channel = Channel.Sms)
    {
        var attempt = new SendAttempt(Sid.NewOrdered("VL", Desk.Opening, new ReplayedRandom(1)), Desk.Opening, channel);
        return _compose.Run(
            new OutboxItem
            {
                Position = 1,
                Attempt = attempt,
                CustomCode = new OneTimeCode("246810"),
                Verification = new Verification
                {
                    Sid = Sid.NewOrdered("VE", Desk.Opening, new ReplayedRandom(2)),
                    ServiceSid = _service.Sid,
                    AccountSid = _service.AccountSid,
                    To = PhoneNumber.Restore(to),
                    Status = VerificationStatus.Pending,
                    Channel = channel,
                    CreatedAt = Desk.Opening,
                    UpdatedAt = Desk.Opening,
                    ExpiresAt = Desk.Opening.AddMinutes(10),
                    Checks = 0,
                    Code = _codes.NewSeed(6),
                    Details = details,
                    Attempts = [attempt],
                },
            },
            _service);
    }
}
