using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class ServiceFormsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData(" Shop", "Shop")]
    [InlineData("Shop  ", "Shop")]
    [InlineData(" My  shop ", "My  shop")]
    public async Task A_name_is_kept_without_the_spaces_around_it(string sent, string kept)
    {
        var answer = await server.Api.PostAsync("/v2/Services", ("FriendlyName", sent));

        Assert.Equal(kept, answer.AssertStatus(201).Text("friendly_name"));
    }

    [Theory]
    [InlineData("CodeLength", "4", "10", "code_length")]
    [InlineData("Totp.TimeStep", "20", "60", "totp.time_step")]
    [InlineData("Totp.CodeLength", "3", "8", "totp.code_length")]
    [InlineData("Totp.Skew", "0", "2", "totp.skew")]
    public async Task Numbers_are_accepted_at_both_ends_of_their_range(string parameter, string least, string most, string member)
    {
        foreach (var value in new[] { least, most })
        {
            var answer = await CreateAsync((parameter, value));

            answer.AssertStatus(201);
            Assert.Equal(int.Parse(value, null), answer.Number(member));
        }
    }

    [Theory]
    [InlineData("CodeLength", "3", "4")]
    [InlineData("CodeLength", "11", "10")]
    [InlineData("CodeLength", "-6", "4")]
    [InlineData("CodeLength", "99999999999", "10")]
    [InlineData("Totp.TimeStep", "19", "20")]
    [InlineData("Totp.TimeStep", "61", "60")]
    [InlineData("Totp.CodeLength", "2", "3")]
    [InlineData("Totp.CodeLength", "9", "8")]
    [InlineData("Totp.Skew", "-1", "0")]
    [InlineData("Totp.Skew", "3", "2")]
    public async Task Numbers_beyond_their_range_are_refused_with_the_nearest_one(string parameter, string value, string nearest)
    {
        var answer = await CreateAsync((parameter, value));

        answer.AssertInvalid(parameter, "out_of_range");
        Assert.Equal(nearest, answer.Text("details.suggestion"));
    }

    [Theory]
    [InlineData("CodeLength", "six", "not_an_integer")]
    [InlineData("CodeLength", "6.0", "not_an_integer")]
    [InlineData("CodeLength", "0x6", "not_an_integer")]
    [InlineData("CodeLength", "6 ", "not_an_integer")]
    [InlineData("CodeLength", "", "empty")]
    [InlineData("LookupEnabled", "yes", "not_a_boolean")]
    [InlineData("Psd2Enabled", "", "empty")]
    [InlineData("Push.IncludeDate", "2", "not_a_boolean")]
    [InlineData("DefaultTemplateSid", "HJ123", "not_a_sid")]
    [InlineData("DefaultTemplateSid", "VA00000000000000000000000000000000", "not_a_sid")]
    [InlineData("Push.ApnCredentialSid", "CR0", "not_a_sid")]
    [InlineData("Push.FcmCredentialSid", "AC00000000000000000000000000000000", "not_a_sid")]
    [InlineData("Whatsapp.MsgServiceSid", "nonsense", "not_a_sid")]
    [InlineData("Passkeys.AuthenticatorAttachment", "Platform", "not_a_choice")]
    [InlineData("Passkeys.DiscoverableCredentials", "maybe", "not_a_choice")]
    [InlineData("Passkeys.UserVerification", "any", "not_a_choice")]
    public async Task Wrong_values_are_refused_by_name(string parameter, string value, string reason)
    {
        var answer = await CreateAsync((parameter, value));

        answer.AssertInvalid(parameter, reason);
    }

    [Theory]
    [InlineData("TtsName", 64)]
    [InlineData("Totp.Issuer", 64)]
    [InlineData("Whatsapp.From", 64)]
    [InlineData("Passkeys.RelyingParty.Name", 100)]
    public async Task Texts_have_a_greatest_length(string parameter, int longest)
    {
        var fits = await CreateAsync((parameter, new string('a', longest)));
        var tooLong = await CreateAsync((parameter, new string('a', longest + 1)));

        fits.AssertStatus(201);
        tooLong.AssertInvalid(parameter, "too_long");
    }

    [Fact]
    public async Task A_relying_party_and_its_origins_have_a_greatest_length()
    {
        var label = new string('a', 63);
        var host = $"{label}.{label}.{label}.{label[2..]}";
        var origins = "https://example.com".PadRight(2000, ',');

        var fits = await CreateAsync(("Passkeys.RelyingParty.Id", host));
        var originsFit = await CreateAsync(("Passkeys.RelyingParty.Origins", origins));

        fits.AssertStatus(201);
        originsFit.AssertStatus(201);
        (await CreateAsync(("Passkeys.RelyingParty.Id", host + "a"))).AssertInvalid("Passkeys.RelyingParty.Id", "too_long");
        (await CreateAsync(("Passkeys.RelyingParty.Id", label + "a.test"))).AssertInvalid("Passkeys.RelyingParty.Id", "not_a_host");
        (await CreateAsync(("Passkeys.RelyingParty.Origins", origins + ","))).AssertInvalid("Passkeys.RelyingParty.Origins", "too_long");
    }

    [Theory]
    [InlineData("a")]
    [InlineData("Acme Bank_2-0")]
    [InlineData("Bäckerei Müller")]
    [InlineData("東京銀行")]
    [InlineData("1234")]
    [InlineData("A name of exactly thirty chars")]
    public async Task A_name_of_letters_digits_spaces_dashes_and_underscores_is_kept(string name)
    {
        var answer = await server.Api.PostAsync("/v2/Services", ("FriendlyName", name));

        answer.AssertStatus(201);
        Assert.Equal(name, answer.Text("friendly_name"));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   ", "empty")]
    [InlineData("A name of more than thirty chars", "too_long")]
    [InlineData("exactly thirty one characters..", "too_long")]
    [InlineData("12345", "too_many_digits")]
    [InlineData("1a2b3c4d5e", "too_many_digits")]
    [InlineData("١٢٣٤٥", "too_many_digits")]
    [InlineData("acme.example", "invalid_characters")]
    [InlineData("Acme\u00a0Bank", "invalid_characters")]
    [InlineData("Acme 🏦", "invalid_characters")]
    [InlineData("Acme 𝟙", "invalid_characters")]
    [InlineData("<b>Acme</b>", "invalid_characters")]
    [InlineData("two\nlines", "invalid_characters")]
    [InlineData("Acme\n", "invalid_characters")]
    [InlineData("right\u202eleft", "invalid_characters")]
    public async Task A_name_that_could_carry_a_number_or_a_link_is_refused(string name, string reason)
    {
        var created = await server.Api.PostAsync("/v2/Services", ("FriendlyName", name));
        var updated = await server.Api.PostAsync(RunningServer.ServicePath, ("FriendlyName", name));

        created.AssertInvalid("FriendlyName", reason);
        updated.AssertInvalid("FriendlyName", reason);
    }

    [Fact]
    public async Task A_name_is_required()
    {
        var answer = await server.Api.PostAsync("/v2/Services", ("CodeLength", "6"));

        answer.AssertInvalid("FriendlyName", "missing");
    }

    [Theory]
    [InlineData("LookupEnabled", "lookup_enabled")]
    [InlineData("Psd2Enabled", "psd2_enabled")]
    [InlineData("SkipSmsToLandlines", "skip_sms_to_landlines")]
    [InlineData("DtmfInputRequired", "dtmf_input_required")]
    [InlineData("DoNotShareWarningEnabled", "do_not_share_warning_enabled")]
    [InlineData("CustomCodeEnabled", "custom_code_enabled")]
    [InlineData("VerifyEventSubscriptionEnabled", "verify_event_subscription_enabled")]
    [InlineData("Push.IncludeDate", "push.include_date")]
    public async Task Flags_are_switched_by_any_common_spelling(string parameter, string member)
    {
        foreach (var (value, expected) in new[] { ("true", true), ("False", false), ("1", true), ("0", false), ("TRUE", true) })
        {
            var answer = await CreateAsync((parameter, value));

            answer.AssertStatus(201);
            Assert.Equal(expected, answer.At(member).GetBoolean());
        }
    }

    [Fact]
    public async Task Empty_values_clear_what_can_be_cleared()
    {
        var path = await server.NewServiceAsync(await EverythingAsync());
        var before = await server.Api.GetAsync(path);

        var after = await server.Api.PostAsync(path, Clearable.Select(name => (name, "")).ToArray());

        after.AssertStatus(200);
        foreach (var member in ClearedMembers)
        {
            Assert.False(before.IsNull(member), member);
            Assert.True(after.IsNull(member), member);
        }

        Assert.Equal("", after.Text("passkeys.user_verification"));
        Assert.Equal(8, after.Number("code_length"));
    }

    [Fact]
    public async Task An_update_keeps_what_was_not_sent()
    {
        var path = await server.NewServiceAsync(await EverythingAsync());
        var before = await server.Api.GetAsync(path);
        server.Clock.Advance(TimeSpan.FromSeconds(5));

        var after = await server.Api.PostAsync(path, ("Totp.Skew", "0"));

        after.AssertStatus(200);
        Assert.Equal(
            before.Body.Replace("\"skew\":2", "\"skew\":0", StringComparison.Ordinal).Replace(before.Text("date_updated")!, "?", StringComparison.Ordinal),
            after.Body.Replace(after.Text("date_updated")!, "?", StringComparison.Ordinal).Replace(before.Text("date_updated")!, "?", StringComparison.Ordinal));
        Assert.NotEqual(before.Text("date_updated"), after.Text("date_updated"));
        Assert.Equal(after.Body, (await server.Api.GetAsync(path)).Body);
    }

    [Fact]
    public async Task A_wrong_parameter_leaves_the_others_of_the_same_update_undone()
    {
        var path = await server.NewServiceAsync();
        var before = await server.Api.GetAsync(path);

        (await server.Api.PostAsync(path, ("CodeLength", "8"), ("Totp.Skew", "9"))).AssertInvalid("Totp.Skew", "out_of_range");

        Assert.Equal(before.Body, (await server.Api.GetAsync(path)).Body);
    }

    [Fact]
    public async Task Unknown_parameters_are_ignored()
    {
        var answer = await CreateAsync(("NotYetInvented", "1"), ("codelength", "9"));

        answer.AssertStatus(201);
        Assert.Equal(6, answer.Number("code_length"));
    }

    async Task<(string Name, string Value)[]> EverythingAsync() =>
    [
        ("FriendlyName", "Everything"), ("CodeLength", "8"), ("LookupEnabled", "true"), ("TtsName", "Acme"),
        ("Push.ApnCredentialSid", "CR" + new string('1', 32)), ("Push.FcmCredentialSid", "CR" + new string('2', 32)),
        ("Totp.Issuer", "Acme"), ("Totp.TimeStep", "60"), ("Totp.CodeLength", "8"), ("Totp.Skew", "2"),
        ("DefaultTemplateSid", await server.Api.NewTemplateAsync()), ("Whatsapp.MsgServiceSid", "MG" + new string('4', 32)), ("Whatsapp.From", "whatsapp:+14155550100"),
        ("Passkeys.RelyingParty.Id", "example.com"), ("Passkeys.RelyingParty.Name", "Acme"),
        ("Passkeys.RelyingParty.Origins", "https://example.com, https://www.example.com"), ("Passkeys.UserVerification", "preferred"),
    ];

    static readonly string[] Clearable =
    [
        "TtsName", "Push.ApnCredentialSid", "Push.FcmCredentialSid", "Totp.Issuer", "DefaultTemplateSid", "Whatsapp.MsgServiceSid", "Whatsapp.From",
        "Passkeys.RelyingParty.Id", "Passkeys.RelyingParty.Name", "Passkeys.RelyingParty.Origins", "Passkeys.UserVerification",
    ];

    static readonly string[] ClearedMembers =
    [
        "tts_name", "push.apn_credential_sid", "push.fcm_credential_sid", "totp.issuer", "default_template_sid", "whatsapp.msg_service_sid", "whatsapp.from",
        "passkeys.relying_party.id", "passkeys.relying_party.name", "passkeys.relying_party.origins",
    ];

    Task<Answer> CreateAsync(params (string Name, string Value)[] fields) => server.Api.PostAsync("/v2/Services", [("FriendlyName", "Test"), .. fields]);
}
