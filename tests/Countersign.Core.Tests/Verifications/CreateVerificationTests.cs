using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using static Countersign.Core.Verifications.CreateVerificationResult;

namespace Countersign.Core.Tests.Verifications;

public sealed class CreateVerificationTests
{
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    readonly Desk _desk;
    readonly MemoryVerificationStore _store;

    public CreateVerificationTests() => (_desk, _store) = Desk.InMemory();

    [Fact]
    public async Task A_start_is_pending_with_one_send_in_the_outbox()
    {
        var started = await _desk.StartedAsync(Desk.Ann, details: new VerificationDetails { Locale = "fr" });

        Assert.Equal((VerificationStatus.Pending, 0, Channel.Sms), (started.Status, started.Checks, started.Channel));
        Assert.Equal((Desk.Opening, Desk.Opening, Desk.Opening + 10 * Minute), (started.CreatedAt, started.UpdatedAt, started.ExpiresAt));
        Assert.Equal((_desk.Service.Sid, _desk.Service.AccountSid, Desk.Ann), (started.ServiceSid, started.AccountSid, started.To));
        var attempt = Assert.Single(started.Attempts);
        Assert.Equal((started, attempt, null), Assert.Single(_store.Sends));
        Assert.Equal("fr", started.Details.Locale);
    }

    [Fact]
    public async Task A_second_start_sends_the_same_code_of_the_same_verification_again()
    {
        var first = await _desk.StartedAsync(Desk.Ann);
        _desk.Time.Advance(4 * Minute);

        var second = await _desk.StartedAsync(Desk.Ann);

        Assert.Equal((first.Sid, first.CreatedAt), (second.Sid, second.CreatedAt));
        Assert.Equal(_desk.CodeOf(first), _desk.CodeOf(second));
        Assert.Equal(2, second.Attempts.Select(attempt => attempt.Sid).Distinct().Count());
        Assert.Equal([second.Attempts[0].Sid, second.Attempts[1].Sid], _store.Sends.Select(send => send.Attempt.Sid));
    }

    [Fact]
    public async Task Each_send_restarts_the_validity_and_keeps_the_guesses_counted()
    {
        var first = await _desk.StartedAsync(Desk.Ann);
        await _desk.GuessWrongAsync(first, 3);
        _desk.Time.Advance(9 * Minute);

        var second = await _desk.StartedAsync(Desk.Ann);

        Assert.Equal(Desk.Opening + 19 * Minute, second.ExpiresAt);
        Assert.Equal(3, second.Checks);
    }

    [Fact]
    public async Task A_sixth_send_is_refused_until_the_code_runs_out()
    {
        for (var i = 0; i < 5; i++)
            await _desk.StartedAsync(Desk.Ann);
        _desk.Time.Advance(3 * Minute);

        Assert.Equal(new SendsExhausted(7 * Minute), await _desk.StartAsync(Desk.Ann));

        Assert.Equal(5, _store.Sends.Count);
        _desk.Time.Advance(7 * Minute);
        Assert.Single((await _desk.StartedAsync(Desk.Ann)).Attempts);
    }

    [Theory]
    [InlineData(VerificationStatus.Approved)]
    [InlineData(VerificationStatus.Canceled)]
    public async Task What_ended_is_followed_by_a_new_verification_with_a_new_code(VerificationStatus status)
    {
        var first = await _desk.StartedAsync(Desk.Ann);
        await _desk.EndAsync(status, sid: first.Sid);

        var second = await _desk.StartedAsync(Desk.Ann);

        Assert.NotEqual(first.Sid, second.Sid);
        Assert.NotEqual(_desk.CodeOf(first), _desk.CodeOf(second));
        Assert.Equal((0, 1), (second.Checks, second.Attempts.Length));
    }

    [Fact]
    public async Task The_moment_a_code_runs_out_the_next_start_is_new()
    {
        var first = await _desk.StartedAsync(Desk.Ann);
        _desk.Time.Advance(10 * Minute - TimeSpan.FromMilliseconds(1));
        Assert.Equal(first.Sid, (await _desk.StartedAsync(Desk.Ann)).Sid);

        _desk.Time.Advance(10 * Minute);

        Assert.NotEqual(first.Sid, (await _desk.StartedAsync(Desk.Ann)).Sid);
    }

    [Fact]
    public async Task After_five_wrong_guesses_a_destination_waits_ten_minutes_or_until_the_code_would_have_run_out()
    {
        var first = await _desk.StartedAsync(Desk.Ann);
        _desk.Time.Advance(4 * Minute);
        await _desk.GuessWrongAsync(first, 5);
        _desk.Time.Advance(Minute);

        Assert.Equal(new ChecksExhausted(5 * Minute), await _desk.StartAsync(Desk.Ann));

        Assert.Single(_store.Sends);
        _desk.Time.Advance(5 * Minute);
        Assert.NotEqual(first.Sid, (await _desk.StartedAsync(Desk.Ann)).Sid);
    }

    [Fact]
    public async Task A_code_that_is_good_for_a_day_makes_a_destination_wait_ten_minutes_only()
    {
        _desk.Service = _desk.Service with { CodeLifetime = TimeSpan.FromDays(1) };
        await _desk.GuessWrongAsync(await _desk.StartedAsync(Desk.Ann), 5);

        Assert.Equal(new ChecksExhausted(10 * Minute), await _desk.StartAsync(Desk.Ann));
    }

    [Fact]
    public async Task Destinations_and_services_do_not_see_each_other()
    {
        var ann = await _desk.StartedAsync(Desk.Ann);
        var bob = await _desk.StartedAsync(Desk.Bob);
        _desk.Service = _desk.Service with { Sid = Sid.Parse("VAffffffffffffffffffffffffffffffff", "VA") };

        var elsewhere = await _desk.StartedAsync(Desk.Ann);

        Assert.Equal(3, new[] { ann.Sid, bob.Sid, elsewhere.Sid }.Distinct().Count());
    }

    [Fact]
    public async Task A_code_is_as_long_as_the_service_says()
    {
        _desk.Service = _desk.Service with { CodeLength = 4 };

        Assert.Equal(4, _desk.CodeOf(await _desk.StartedAsync(Desk.Ann)).Length);
    }

    [Fact]
    public async Task A_custom_code_needs_a_service_that_allows_it()
    {
        Assert.Equal(new FeatureNotEnabled("CustomCodeEnabled"), await _desk.StartAsync(Desk.Ann, "482916"));
        Assert.Empty(_store.Sends);
    }

    [Theory]
    [InlineData("482916", "482917")]
    [InlineData("482916", null)]
    [InlineData(null, "482916")]
    public async Task While_one_code_is_pending_another_cannot_be_sent(string? first, string? second)
    {
        _desk.Service = _desk.Service with { CustomCodeEnabled = true };
        var pending = await _desk.StartedAsync(Desk.Ann, first);

        Assert.Equal(new OtherCodePending(pending.Sid), await _desk.StartAsync(Desk.Ann, second));

        Assert.Single(_store.Sends);
    }

    [Fact]
    public async Task The_same_custom_code_is_sent_again_and_goes_with_each_message()
    {
        _desk.Service = _desk.Service with { CustomCodeEnabled = true };
        var first = await _desk.StartedAsync(Desk.Ann, "482916");

        Assert.Equal(first.Sid, (await _desk.StartedAsync(Desk.Ann, "482916")).Sid);

        Assert.Equal(["482916", "482916"], _store.Sends.Select(send => send.CustomCode!.Reveal()));
    }

    [Fact]
    public async Task The_same_custom_code_in_other_letters_is_the_same_code()
    {
        _desk.Service = _desk.Service with { CustomCodeEnabled = true };
        var first = await _desk.StartedAsync(Desk.Ann, "ab3d");

        Assert.Equal(first.Sid, (await _desk.StartedAsync(Desk.Ann, "AB3D")).Sid);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("10 EUR", null)]
    [InlineData(null, "Shop")]
    public async Task A_payment_needs_amount_and_payee(string? amount, string? payee)
    {
        _desk.Service = _desk.Service with { Psd2Enabled = true };

        Assert.IsType<AmountAndPayeeRequired>(await _desk.StartAsync(Desk.Ann, details: new VerificationDetails { Amount = amount, Payee = payee }));
    }

    [Fact]
    public async Task Another_payment_has_another_code()
    {
        _desk.Service = _desk.Service with { Psd2Enabled = true };
        var ten = await _desk.StartedAsync(Desk.Ann, details: new VerificationDetails { Amount = "10 EUR", Payee = "Shop" });

        var twenty = await _desk.StartedAsync(Desk.Ann, details: new VerificationDetails { Amount = "20 EUR", Payee = "Shop" });

        Assert.NotEqual(_desk.CodeOf(ten), _desk.CodeOf(twenty));
    }

    [Theory]
    [InlineData("20 EUR", "Shop")]
    [InlineData("10 EUR", "Other shop")]
    [InlineData(null, null)]
    public async Task A_test_number_starts_anew_for_another_payment(string? amount, string? payee)
    {
        RegisterAnn();
        var ten = await _desk.StartedAsync(Desk.Ann, details: Payment);

        var other = await _desk.StartedAsync(Desk.Ann, details: new VerificationDetails { Amount = amount, Payee = payee });

        Assert.NotEqual(ten.Sid, other.Sid);
        Assert.Equal(VerificationStatus.Canceled, Assert.IsType<FetchVerificationResult.Found>(await _desk.FetchAsync(sid: ten.Sid)).Verification.Status);
        Assert.Equal(VerificationStatus.Pending, (await _desk.CheckedAsync("770077", Desk.Ann, amount: "10 EUR", payee: "Shop")).Status);
        Assert.Equal(VerificationStatus.Approved, (await _desk.CheckedAsync("770077", Desk.Ann, amount: amount, payee: payee)).Status);
    }

    [Fact]
    public async Task The_same_payment_of_a_test_number_is_sent_again()
    {
        RegisterAnn();
        var first = await _desk.StartedAsync(Desk.Ann, details: Payment);

        Assert.Equal(first.Sid, (await _desk.StartedAsync(Desk.Ann, details: Payment)).Sid);
    }

    [Theory]
    [InlineData("482916", "135791", "10 EUR")]
    [InlineData("482916", "482916", "20 EUR")]
    [InlineData("482916", "135791", "20 EUR")]
    [InlineData("482916", null, "20 EUR")]
    [InlineData(null, "482916", "20 EUR")]
    public async Task A_callers_code_and_another_payment_wait_until_what_is_pending_is_canceled(string? first, string? second, string amount)
    {
        _desk.Service = _desk.Service with { CustomCodeEnabled = true, Psd2Enabled = true };
        var other = Payment with { Amount = amount };
        var pending = await _desk.StartedAsync(Desk.Ann, first, Payment);

        Assert.Equal(new OtherCodePending(pending.Sid), await _desk.StartAsync(Desk.Ann, second, other));

        await _desk.EndAsync(VerificationStatus.Canceled, Desk.Ann);
        Assert.NotEqual(pending.Sid, (await _desk.StartedAsync(Desk.Ann, second, other)).Sid);
    }

    [Theory]
    [InlineData("sms call", null)]
    [InlineData(null, "sms call whatsapp")]
    [InlineData(null, null)]
    public async Task A_payment_is_never_read_out_by_its_plan_whosever_that_is(string? given, string? ofService)
    {
        _desk.Service = _desk.Service with { Psd2Enabled = true, Fallback = PlanOf(ofService) ?? [] };

        var result = await _desk.StartAsync(Desk.Ann, details: Payment with { Fallback = PlanOf(given) }, isAuto: true);

        var started = Assert.IsType<Sent>(result).Verification;
        Assert.Equal(Channel.Sms, started.Channel);
        Assert.DoesNotContain(started.Details.Fallback!, step => step.Channel is Channel.Call or Channel.WhatsApp);
    }

    [Fact]
    public async Task A_payment_that_asked_for_a_text_has_nothing_in_its_plan_that_does_not_name_it()
    {
        _desk.Service = _desk.Service with { Psd2Enabled = true };

        var started = await _desk.StartedAsync(Desk.Ann, details: Payment with { Fallback = PlanOf("sms call whatsapp") });

        Assert.Equal([Channel.Sms], started.Details.Fallback!.Select(step => step.Channel));
    }

    [Theory]
    [InlineData(Channel.Call, false)]
    [InlineData(Channel.Call, true)]
    [InlineData(Channel.WhatsApp, false)]
    [InlineData(Channel.WhatsApp, true)]
    public async Task What_does_not_name_a_payment_is_refused_for_one_also_where_the_plan_would_choose_it(Channel channel, bool isAuto)
    {
        _desk.Service = _desk.Service with { Psd2Enabled = true };

        Assert.Equal(new NotForPayments(channel), await _desk.StartAsync(Desk.Ann, details: Payment with { Fallback = [new FallbackStep(channel, 30)] }, channel: channel, isAuto: isAuto));

        Assert.Empty(_store.Sends);
    }

    [Fact]
    public async Task A_channel_without_a_carrier_is_refused()
    {
        var desk = new Desk(_store, _desk.Time, carriers: Delivery.Carriers.None());

        var refused = Assert.IsType<ChannelDisabled>(await desk.StartAsync(Desk.Ann, channel: Channel.Call));

        Assert.Equal((Channel.Call, 0), (refused.Channel, refused.Open.Count));
        Assert.Empty(_store.Sends);
    }

    [Fact]
    public async Task A_test_number_gets_its_fixed_code()
    {
        RegisterAnn();

        var started = await _desk.StartedAsync(Desk.Ann);

        Assert.True(started.Details.IsTest);
        Assert.Equal("770077", Assert.Single(_store.Sends).CustomCode!.Reveal());
        Assert.Equal(VerificationStatus.Approved, (await _desk.CheckedAsync("770077", Desk.Ann)).Status);
        Assert.False((await _desk.StartedAsync(Desk.Bob)).Details.IsTest);
    }

    [Fact]
    public async Task A_number_that_became_a_test_number_meanwhile_starts_anew()
    {
        var before = await _desk.StartedAsync(Desk.Ann);
        RegisterAnn();

        var after = await _desk.StartedAsync(Desk.Ann);

        Assert.NotEqual(before.Sid, after.Sid);
        Assert.Equal(VerificationStatus.Approved, (await _desk.CheckedAsync("770077", Desk.Ann)).Status);
    }

    /// <summary>Or each payment would buy five more guesses, with no wait between.</summary>
    [Fact]
    public async Task A_test_number_that_was_guessed_at_does_not_start_anew_for_another_payment()
    {
        RegisterAnn();
        var ten = await _desk.StartedAsync(Desk.Ann, details: Payment);
        Assert.Equal(VerificationStatus.Pending, (await _desk.CheckedAsync("000000", Desk.Ann)).Status);

        var other = await _desk.StartAsync(Desk.Ann, details: Payment with { Amount = "11 EUR" });

        Assert.Equal(ten.Sid, Assert.IsType<OtherCodePending>(other).Pending);
        Assert.Equal(ten.Sid, (await _desk.StartedAsync(Desk.Ann, details: Payment)).Sid);
    }

    static VerificationDetails Payment => new() { Amount = "10 EUR", Payee = "Shop" };

    static IReadOnlyList<FallbackStep>? PlanOf(string? channels) => channels is null ? null : [.. channels.Split(' ').Select(name => new FallbackStep(Enum.Parse<Channel>(name, ignoreCase: true), 30))];

    void RegisterAnn() => _desk.Service = _desk.Service with
    {
        TestNumbers = new Dictionary<UInt128, TestNumber> { [_desk.Index.Of(Desk.Ann)] = new(Desk.Ann, new OneTimeCode("770077")) },
    };
}
