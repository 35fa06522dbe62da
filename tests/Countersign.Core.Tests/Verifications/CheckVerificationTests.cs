using Countersign.Core.Guard.Sharing;
using Countersign.Core.Numbers;
using Countersign.Core.Tests.Guard.Sharing;
using Countersign.Core.Verifications;
using static Countersign.Core.Verifications.CheckVerificationResult;

namespace Countersign.Core.Tests.Verifications;

public sealed class CheckVerificationTests
{
    static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    readonly Desk _desk = Desk.InMemory().Desk;

    [Fact]
    public async Task The_right_code_approves_by_destination_and_by_sid()
    {
        var ann = await _desk.StartedAsync(Desk.Ann);
        var bob = await _desk.StartedAsync(Desk.Bob);

        Assert.Equal(VerificationStatus.Approved, (await _desk.CheckedAsync(_desk.CodeOf(ann), Desk.Ann)).Status);
        Assert.Equal(VerificationStatus.Approved, (await _desk.CheckedAsync(_desk.CodeOf(bob), sid: bob.Sid)).Status);
    }

    [Fact]
    public async Task Other_nodes_are_told_of_codes_that_a_carrier_may_have_brought_and_of_none_from_the_sandbox()
    {
        var (before, store) = Desk.InMemory();
        var registry = new Registry.MemoryRegistry<Core.Delivery.CarrierDefinition>();
        registry.Hide(before.Service.AccountSid, "acme");
        var (sandbox, carriers) = (new GuardNews(new LocalWire()), new GuardNews(new LocalWire()));
        var withSandbox = new Desk(store, before.Time, news: sandbox);
        var withCarriers = new Desk(store, before.Time, carriers: Delivery.Carriers.Directory(registry, [], before.Time), news: carriers);
        var (eva, adam) = (PhoneNumber.Restore("+46701740605"), PhoneNumber.Restore("+46701740690"));
        before.Service = before.Service with { TestNumbers = new Dictionary<UInt128, Core.Services.TestNumber> { [before.Index.Of(adam)] = new(adam, new Core.Codes.OneTimeCode("770077")) } };

        withCarriers.Service = before.Service;

        await TypedAsync(withSandbox, eva);
        await TypedAsync(withCarriers, Desk.Bob);
        await before.StartedAsync(adam);
        Assert.Equal(VerificationStatus.Approved, (await withCarriers.CheckedAsync("770077", adam)).Status);
        Assert.Equal((0, 0), (Waiting(sandbox), Waiting(carriers)));

        await TypedAsync(withCarriers, eva);
        Assert.Equal(18, Waiting(carriers));

        await withSandbox.EndAsync(VerificationStatus.Canceled, sid: (await before.StartedAsync(eva)).Sid);
        await withCarriers.EndAsync(VerificationStatus.Canceled, sid: (await before.StartedAsync(eva)).Sid);
        Assert.Equal((0, 18), (Waiting(sandbox), Waiting(carriers)));

        async Task TypedAsync(Desk desk, PhoneNumber to) =>
            Assert.Equal(VerificationStatus.Approved, (await desk.CheckedAsync(before.CodeOf(await before.StartedAsync(to)), to)).Status);

        static int Waiting(GuardNews news) => news.Waiting.Take(new byte[1000]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("880088")]
    public async Task The_fixed_code_of_before_approves_nothing_once_the_test_number_is_gone_or_has_another(string? code)
    {
        SetTestCode("770077");
        var started = await _desk.StartedAsync(Desk.Ann);
        SetTestCode(code);

        Assert.Equal(NotFoundReason.Canceled, Assert.IsType<NotFound>(await _desk.CheckAsync("770077", Desk.Ann)).Reason);
        Assert.Equal(NotFoundReason.Canceled, Assert.IsType<NotFound>(await _desk.CheckAsync("770077", sid: started.Sid)).Reason);

        SetTestCode("770077");
        Assert.Equal(VerificationStatus.Approved, (await _desk.CheckedAsync("770077", Desk.Ann)).Status);
    }

    [Fact]
    public async Task A_code_of_the_callers_own_for_a_test_number_outlives_another_fixed_code_and_not_the_number()
    {
        _desk.Service = _desk.Service with { CustomCodeEnabled = true };
        SetTestCode("770077");
        await _desk.StartedAsync(Desk.Ann, customCode: "424242");
        SetTestCode("880088");

        Assert.Equal(VerificationStatus.Approved, (await _desk.CheckedAsync("424242", Desk.Ann)).Status);

        await _desk.StartedAsync(Desk.Ann, customCode: "424242");
        SetTestCode(null);
        Assert.Equal(NotFoundReason.Canceled, Assert.IsType<NotFound>(await _desk.CheckAsync("424242", Desk.Ann)).Reason);
    }

    [Fact]
    public async Task A_wrong_code_leaves_it_pending_with_one_guess_less()
    {
        var started = await _desk.StartedAsync(Desk.Ann);

        var after = await _desk.CheckedAsync(Desk.WrongFor(_desk.CodeOf(started)), Desk.Ann);

        Assert.Equal((VerificationStatus.Pending, 1), (after.Status, after.Checks));
    }

    [Fact]
    public async Task The_fifth_guess_may_still_be_right()
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        await _desk.GuessWrongAsync(started, 4);

        Assert.Equal(VerificationStatus.Approved, (await _desk.CheckedAsync(_desk.CodeOf(started), Desk.Ann)).Status);
    }

    [Fact]
    public async Task The_fifth_wrong_guess_closes_it_and_the_right_code_comes_too_late()
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        await _desk.GuessWrongAsync(started, 4);

        var fifth = await _desk.CheckedAsync(Desk.WrongFor(_desk.CodeOf(started)), Desk.Ann);

        Assert.Equal(VerificationStatus.MaxAttemptsReached, fifth.Status);
        Assert.Equal(new ChecksExhausted(10 * Minute), await _desk.CheckAsync(_desk.CodeOf(started), Desk.Ann));
    }

    [Fact]
    public async Task After_the_wait_an_exhausted_verification_is_one_that_is_not_there()
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        await _desk.GuessWrongAsync(started, 5);
        _desk.Time.Advance(10 * Minute);

        Assert.Equal(new NotFound(NotFoundReason.MaxAttemptsReached), await _desk.CheckAsync(_desk.CodeOf(started), Desk.Ann));
    }

    [Fact]
    public async Task Of_a_thousand_guesses_at_once_five_are_compared()
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        var wrong = Desk.WrongFor(_desk.CodeOf(started));

        var results = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(() => _desk.CheckAsync(wrong, Desk.Ann))));

        Assert.Equal(5, results.Count(result => result is Checked));
        Assert.Equal(995, results.Count(result => result is ChecksExhausted));
    }

    [Fact]
    public async Task Of_a_hundred_right_guesses_at_once_one_approves()
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        var code = _desk.CodeOf(started);

        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => _desk.CheckAsync(code, Desk.Ann))));

        Assert.Single(results, result => result is Checked { Verification.Status: VerificationStatus.Approved });
        Assert.Equal(99, results.Count(result => result is NotFound { Reason: NotFoundReason.Approved }));
    }

    [Fact]
    public async Task A_code_is_good_until_the_last_millisecond_of_its_time()
    {
        var ann = await _desk.StartedAsync(Desk.Ann);
        var bob = await _desk.StartedAsync(Desk.Bob);

        _desk.Time.Advance(10 * Minute - TimeSpan.FromMilliseconds(1));
        Assert.IsType<Checked>(await _desk.CheckAsync(_desk.CodeOf(ann), Desk.Ann));

        _desk.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(new NotFound(NotFoundReason.Expired), await _desk.CheckAsync(_desk.CodeOf(bob), Desk.Bob));
    }

    [Theory]
    [InlineData(VerificationStatus.Approved, NotFoundReason.Approved)]
    [InlineData(VerificationStatus.Canceled, NotFoundReason.Canceled)]
    public async Task What_ended_says_how(VerificationStatus status, NotFoundReason reason)
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        await _desk.EndAsync(status, Desk.Ann);

        Assert.Equal(new NotFound(reason), await _desk.CheckAsync(_desk.CodeOf(started), Desk.Ann));
        Assert.Equal(new NotFound(reason), await _desk.CheckAsync(_desk.CodeOf(started), sid: started.Sid));
    }

    [Fact]
    public async Task What_never_was_says_so()
    {
        Assert.Equal(new NotFound(NotFoundReason.NeverExisted), await _desk.CheckAsync("123456", Desk.Ann));
        Assert.Equal(
            new NotFound(NotFoundReason.NeverExisted),
            await _desk.CheckAsync("123456", sid: Sid.Parse("VE0123456789abcdef0123456789abcdef", "VE")));
    }

    [Fact]
    public async Task A_sid_and_a_destination_that_do_not_belong_together_name_nothing_and_cost_no_guess()
    {
        var ann = await _desk.StartedAsync(Desk.Ann);
        await _desk.StartedAsync(Desk.Bob);

        Assert.Equal(new NotFound(NotFoundReason.NeverExisted), await _desk.CheckAsync(_desk.CodeOf(ann), Desk.Bob, ann.Sid));

        Assert.Equal(1, (await _desk.CheckedAsync(_desk.CodeOf(ann), Desk.Ann, ann.Sid)).Checks);
    }

    [Fact]
    public async Task A_mailbox_is_the_same_however_its_letters_are_cased()
    {
        var started = await _desk.StartedAsync(EmailAddress.Restore("Jo.Smith@example.com"));

        Assert.Equal(1, (await _desk.CheckedAsync(Desk.WrongFor(_desk.CodeOf(started)), EmailAddress.Restore("jo.smith@example.com"))).Checks);
        Assert.Equal(2, (await _desk.CheckedAsync(_desk.CodeOf(started), EmailAddress.Restore("JO.SMITH@example.com"), started.Sid)).Checks);
        Assert.Equal("Jo.Smith@example.com", started.To.Reveal());
    }

    [Fact]
    public async Task Another_service_finds_nothing()
    {
        var ann = await _desk.StartedAsync(Desk.Ann);
        _desk.Service = _desk.Service with { Sid = Sid.Parse("VAffffffffffffffffffffffffffffffff", "VA") };

        Assert.Equal(new NotFound(NotFoundReason.NeverExisted), await _desk.CheckAsync(_desk.CodeOf(ann), sid: ann.Sid));
    }

    [Fact]
    public async Task A_custom_code_is_checked_like_any_other()
    {
        _desk.Service = _desk.Service with { CustomCodeEnabled = true };
        var started = await _desk.StartedAsync(Desk.Ann, "a1B2c3");

        Assert.Equal(VerificationStatus.Pending, (await _desk.CheckedAsync("a1B2c4", Desk.Ann)).Status);
        Assert.Equal(VerificationStatus.Approved, (await _desk.CheckedAsync("A1B2C3", Desk.Ann)).Status);
        Assert.NotNull(started.Code.CustomHash);
    }

    [Theory]
    [InlineData("10 EUR", "Shop", VerificationStatus.Approved)]
    [InlineData("11 EUR", "Shop", VerificationStatus.Pending)]
    [InlineData("10 EUR", "shop", VerificationStatus.Pending)]
    public async Task A_code_is_good_for_its_own_payment_alone(string amount, string payee, VerificationStatus expected)
    {
        _desk.Service = _desk.Service with { Psd2Enabled = true };
        var started = await _desk.StartedAsync(Desk.Ann, details: new VerificationDetails { Amount = "10 EUR", Payee = "Shop" });

        var after = await _desk.CheckedAsync(_desk.CodeOf(started), Desk.Ann, amount: amount, payee: payee);

        Assert.Equal(expected, after.Status);
    }

    [Fact]
    public async Task The_code_of_an_earlier_payment_is_good_for_neither()
    {
        _desk.Service = _desk.Service with { Psd2Enabled = true };
        var ten = await _desk.StartedAsync(Desk.Ann, details: new VerificationDetails { Amount = "10 EUR", Payee = "Shop" });
        await _desk.StartedAsync(Desk.Ann, details: new VerificationDetails { Amount = "20 EUR", Payee = "Shop" });

        Assert.Equal(VerificationStatus.Pending, (await _desk.CheckedAsync(_desk.CodeOf(ten), Desk.Ann, amount: "10 EUR", payee: "Shop")).Status);
        Assert.Equal(VerificationStatus.Pending, (await _desk.CheckedAsync(_desk.CodeOf(ten), Desk.Ann, amount: "20 EUR", payee: "Shop")).Status);
    }

    [Fact]
    public async Task A_payment_is_not_checked_without_amount_and_payee()
    {
        _desk.Service = _desk.Service with { Psd2Enabled = true };

        Assert.IsType<AmountAndPayeeRequired>(await _desk.CheckAsync("123456", Desk.Ann, amount: "10 EUR"));
    }

    void SetTestCode(string? code) => _desk.Service = _desk.Service with
    {
        TestNumbers = code is null ? new Dictionary<UInt128, Core.Services.TestNumber>() : new Dictionary<UInt128, Core.Services.TestNumber> { [_desk.Index.Of(Desk.Ann)] = new(Desk.Ann, new Core.Codes.OneTimeCode(code)) },
    };
}
