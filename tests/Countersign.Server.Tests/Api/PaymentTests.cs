using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

/// <summary>PSD2: a code is good for one amount and one payee.</summary>
public sealed class PaymentTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Amount_and_payee_are_required_to_start_and_to_check()
    {
        var path = await server.NewServiceAsync(("Psd2Enabled", "true"));
        var number = server.NewNumber();
        (string, string)[][] incomplete = [[], [("Amount", "EUR 10")], [("Payee", "Acme")]];

        foreach (var fields in incomplete)
        {
            (await StartAsync(path, number, fields)).AssertError(400, 60206, "amount_payee_required");
            (await CheckAsync(path, number, "123456", fields)).AssertError(400, 60206, "amount_payee_required");
        }
    }

    [Theory]
    [InlineData("call", "Call channel is not allowed with PSD2", "call_not_for_payments")]
    [InlineData("whatsapp", "WhatsApp channel is not allowed with PSD2", "whatsapp_not_for_payments")]
    public async Task What_names_no_payment_does_not_carry_its_code(string channel, string message, string reason)
    {
        var path = await server.NewServiceAsync(("Psd2Enabled", "true"));

        var refused = await server.Api.PostAsync($"{path}/Verifications", ("To", server.NewNumber()), ("Channel", channel), ("Amount", "EUR 10"), ("Payee", "Acme"));

        Assert.Equal(message, refused.AssertError(400, 60214, reason).Text("message"));
    }

    [Fact]
    public async Task The_right_pair_approves()
    {
        var (path, number, code) = await StartedAsync();

        var check = await CheckAsync(path, number, code, [("Amount", "EUR 10"), ("Payee", "Acme")]);

        Assert.Equal("approved", check.AssertStatus(200).Text("status"));
        Assert.Equal(("EUR 10", "Acme"), (check.Text("amount"), check.Text("payee")));
    }

    [Fact]
    public async Task A_changed_amount_or_payee_does_not_and_counts_as_a_guess()
    {
        var (path, number, code) = await StartedAsync();

        var amount = await CheckAsync(path, number, code, [("Amount", "EUR 1000"), ("Payee", "Acme")]);
        var payee = await CheckAsync(path, number, code, [("Amount", "EUR 10"), ("Payee", "Mallory")]);
        var swapped = await CheckAsync(path, number, code, [("Amount", "Acme"), ("Payee", "EUR 10")]);

        Assert.Equal(["pending", "pending", "pending"], new[] { amount, payee, swapped }.Select(answer => answer.AssertStatus(200).Text("status")));
        Assert.Equal(2, swapped.Number("countersign.checks_left"));
        Assert.Equal("EUR 10", amount.Text("amount"));
    }

    [Fact]
    public async Task The_message_says_what_is_paid_to_whom()
    {
        var (_, number, _) = await StartedAsync();

        var body = (await server.MessagesAsync(number, 1))[0].Body;

        Assert.Contains("EUR 10", body, StringComparison.Ordinal);
        Assert.Contains("Acme", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ING Belgium S.A./N.V.")]
    [InlineData("Amazon.com")]
    [InlineData("Meyer e.K./Filiale 3")]
    public async Task A_payee_that_is_called_like_a_link_is_none(string payee)
    {
        var path = await server.NewServiceAsync(("Psd2Enabled", "true"));

        (await StartAsync(path, server.NewNumber(), [("Amount", "EUR 10"), ("Payee", payee)])).AssertStatus(201);
    }

    [Theory]
    [InlineData("EUR 10\r\n@example.com #1234", "invalid_characters")]
    [InlineData("EUR 10\u2028@example.com #1234", "invalid_characters")]
    [InlineData("9.99\u202e", "invalid_characters")]
    [InlineData("EUR\U0001d173 9", "invalid_characters")]
    [InlineData("Acme\U000e0020", "invalid_characters")]
    [InlineData("EUR 10 https://evil.example/login", "link")]
    [InlineData("Acme.evil.example/pay", "link")]
    public async Task Amount_and_payee_cannot_write_lines_or_links_or_be_reordered(string text, string reason)
    {
        var path = await server.NewServiceAsync(("Psd2Enabled", "true"));

        (await StartAsync(path, server.NewNumber(), [("Amount", text), ("Payee", "Acme")])).AssertInvalid("Amount", reason);
        (await StartAsync(path, server.NewNumber(), [("Amount", "EUR 10"), ("Payee", text)])).AssertInvalid("Payee", reason);
    }

    [Fact]
    public async Task A_resend_for_another_amount_has_another_code_and_the_old_one_is_worth_nothing()
    {
        var (path, number, old) = await StartedAsync();

        (await StartAsync(path, number, [("Amount", "EUR 20"), ("Payee", "Acme")])).AssertStatus(201);
        var code = await server.CodeAsync(number, messages: 2);

        Assert.Equal("pending", (await CheckAsync(path, number, old, [("Amount", "EUR 10"), ("Payee", "Acme")])).Text("status"));
        Assert.Equal("approved", (await CheckAsync(path, number, code, [("Amount", "EUR 20"), ("Payee", "Acme")])).Text("status"));
    }

    async Task<(string Path, string Number, string Code)> StartedAsync()
    {
        // Ten digits, so that two codes are not the same by chance.
        var path = await server.NewServiceAsync(("Psd2Enabled", "true"), ("CodeLength", "10"));
        var number = server.NewNumber();
        (await StartAsync(path, number, [("Amount", "EUR 10"), ("Payee", "Acme")])).AssertStatus(201);
        return (path, number, await server.CodeAsync(number));
    }

    Task<Answer> StartAsync(string path, string number, (string, string)[] fields) =>
        server.Api.PostAsync(path + "/Verifications", [("To", number), ("Channel", "sms"), .. fields]);

    Task<Answer> CheckAsync(string path, string number, string code, (string, string)[] fields) =>
        server.Api.PostAsync(path + "/VerificationCheck", [("To", number), ("Code", code), .. fields]);
}
