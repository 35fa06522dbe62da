using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class CustomCodeTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Custom_codes_must_be_enabled()
    {
        var answer = await server.Api.StartAsync(server.NewNumber(), ("CustomCode", "246810"));

        answer.AssertError(403, 60204, "feature_not_enabled");
        Assert.DoesNotContain("246810", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("24680")]
    [InlineData("Ab12")]
    [InlineData("1234567890")]
    public async Task The_callers_code_is_sent_and_approves(string code)
    {
        var path = await NewServiceAsync();
        var number = server.NewNumber();

        (await StartAsync(path, number, code)).AssertStatus(201);

        Assert.Equal(code, await server.CodeAsync(number));
        Assert.Equal("pending", (await CheckAsync(path, number, "99999")).AssertStatus(200).Text("status"));
        Assert.Equal("approved", (await CheckAsync(path, number, code)).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task A_code_that_is_typed_in_groups_is_right_and_no_guess_is_lost_by_it()
    {
        var number = server.NewNumber();
        (await server.Api.StartAsync(number)).AssertStatus(201);
        var code = await server.CodeAsync(number);

        Assert.Equal("approved", (await server.Api.CheckAsync(number, string.Join(' ', code.AsEnumerable()) + " ")).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task A_resend_repeats_the_code_or_is_refused()
    {
        var path = await NewServiceAsync();
        var number = server.NewNumber();
        var started = await StartAsync(path, number, "246810");

        var same = await StartAsync(path, number, "246810");
        var other = await StartAsync(path, number, "135791");
        var none = await StartAsync(path, number, null);

        Assert.Equal(started.Text("sid"), same.AssertStatus(201).Text("sid"));
        foreach (var refused in new[] { other, none })
        {
            refused.AssertInvalid("CustomCode", "other_code_pending");
            Assert.Equal(started.Text("sid"), refused.Text("details.verification_sid"));
            Assert.DoesNotContain("246810", refused.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("135791", refused.Body, StringComparison.Ordinal);
        }

        Assert.Equal("approved", (await CheckAsync(path, number, "246810")).Text("status"));
    }

    [Fact]
    public async Task A_custom_code_for_a_number_with_a_generated_one_is_refused_until_that_is_canceled()
    {
        var path = await NewServiceAsync();
        var number = server.NewNumber();
        var pending = await StartAsync(path, number, null);

        (await StartAsync(path, number, "246810")).AssertInvalid("CustomCode", "other_code_pending");
        (await server.Api.PostAsync($"{path}/Verifications/{pending.Text("sid")}", ("Status", "canceled"))).AssertStatus(200);

        (await StartAsync(path, number, "246810")).AssertStatus(201);
    }

    [Theory]
    [InlineData("123", "too_short")]
    [InlineData("12345678901", "too_long")]
    [InlineData("12 456", "invalid_characters")]
    [InlineData("12345\n", "invalid_characters")]
    [InlineData("１２３４５６", "invalid_characters")]
    [InlineData("12-456", "invalid_characters")]
    [InlineData("", "empty")]
    public async Task A_code_has_four_to_ten_letters_or_digits_and_is_never_repeated(string code, string reason)
    {
        var answer = await StartAsync(await NewServiceAsync(), server.NewNumber(), code);

        answer.AssertInvalid("CustomCode", reason);
        Assert.Equal("Invalid parameter `CustomCode`", answer.Text("message"));
    }

    Task<string> NewServiceAsync() => server.NewServiceAsync(("CustomCodeEnabled", "true"));

    Task<Answer> StartAsync(string path, string number, string? code) =>
        server.Api.PostAsync(path + "/Verifications", [("To", number), ("Channel", "sms"), .. code is null ? Array.Empty<(string, string)>() : [("CustomCode", code)]]);

    Task<Answer> CheckAsync(string path, string number, string code) => server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", code));
}
