using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class VerificationEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Path = RunningServer.ServicePath + "/Verifications";

    [Fact]
    public async Task A_verification_has_Twilios_members_in_Twilios_order_and_one_of_ours()
    {
        var number = server.NewNumber();

        var answer = await server.Api.StartAsync(number);

        answer.AssertStatus(201);
        Assert.Equal(
            [
                "sid", "service_sid", "account_sid", "to", "channel", "status", "valid", "date_created", "date_updated", "lookup", "amount", "payee",
                "send_code_attempts", "sna", "url", "countersign",
            ],
            answer.NamesAt(""));
        Assert.Matches("^VE[0-9a-f]{32}$", answer.Text("sid"));
        Assert.Equal((RunningServer.ServiceSid, RunningServer.AccountSid), (answer.Text("service_sid"), answer.Text("account_sid")));
        Assert.Equal((number, "sms", "pending"), (answer.Text("to"), answer.Text("channel"), answer.Text("status")));
        Assert.True(answer.IsNull("amount") && answer.IsNull("payee") && answer.IsNull("sna"));
        Assert.Empty(answer.NamesAt("lookup"));
        Assert.Equal($"{server.Address.GetLeftPart(UriPartial.Authority)}{Path}/{answer.Text("sid")}", answer.Text("url"));

        var attempt = answer.At("send_code_attempts")[0];
        Assert.Equal(["time", "channel", "attempt_sid"], attempt.EnumerateObject().Select(member => member.Name));
        Assert.Equal("SMS", attempt.GetProperty("channel").GetString());
        Assert.Matches("^VL[0-9a-f]{32}$", attempt.GetProperty("attempt_sid").GetString());
    }

    [Fact]
    public async Task A_check_has_Twilios_members_in_Twilios_order_and_one_of_ours()
    {
        var number = server.NewNumber();
        await server.Api.StartAsync(number);

        var answer = await server.Api.CheckAsync(number, await server.CodeAsync(number));

        Assert.Equal(
            [
                "sid", "service_sid", "account_sid", "to", "channel", "status", "valid", "amount", "payee", "sna_attempts_error_codes", "date_created",
                "date_updated", "countersign",
            ],
            answer.AssertStatus(200).NamesAt(""));
        Assert.Equal(("approved", true), (answer.Text("status"), answer.At("valid").GetBoolean()));
    }

    [Fact]
    public async Task A_verification_is_fetched_by_SID_and_by_number_however_its_plus_is_written()
    {
        var number = server.NewNumber();
        var started = await server.Api.StartAsync(number);

        foreach (var name in new[] { started.Text("sid")!, number, number.Replace("+", "%2B", StringComparison.Ordinal), number.Replace("+", "%2b", StringComparison.Ordinal) })
        {
            var fetched = await server.Api.GetAsync($"{Path}/{name}");

            Assert.Equal(started.Body, fetched.AssertStatus(200).Body);
        }
    }

    [Theory]
    [InlineData("+")]
    [InlineData("%2B")]
    public async Task A_verification_is_ended_by_number_however_its_plus_is_written(string plus)
    {
        var number = server.NewNumber();
        await server.Api.StartAsync(number);

        var updated = await server.Api.PostAsync($"{Path}/{plus}{number[1..]}", ("Status", "canceled"));

        Assert.Equal("canceled", updated.AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task A_number_that_a_form_made_begin_with_a_space_is_the_same_number()
    {
        var number = server.NewNumber();

        var body = new StringContent($"To={number}&Channel=sms", null, "application/x-www-form-urlencoded");
        var answer = await server.Api.SendAsync(HttpMethod.Post, Path, body);

        Assert.Equal(number, answer.AssertStatus(201).Text("to"));
    }

    [Theory]
    [InlineData("+1 ({0}) {1}-{2}")]
    [InlineData("+1-{0}-{1}-{2}")]
    [InlineData("+1.{0}.{1}.{2}")]
    public async Task A_number_with_punctuation_is_the_same_number(string format)
    {
        var number = server.NewNumber();
        var first = await server.Api.StartAsync(number);

        var again = await server.Api.StartAsync(string.Format(null, format, number[2..5], number[5..8], number[8..]));

        Assert.Equal(first.Text("sid"), again.AssertStatus(201).Text("sid"));
        Assert.Equal(number, again.Text("to"));
    }

    [Theory]
    [InlineData("foo", "not_a_choice")]
    [InlineData("pending", "not_a_choice")]
    [InlineData("Approved", "not_a_choice")]
    [InlineData("", "missing")]
    public async Task Only_approved_and_canceled_can_be_set(string status, string reason)
    {
        var number = server.NewNumber();
        await server.Api.StartAsync(number);

        (await server.Api.PostAsync($"{Path}/{number}", ("Status", status))).AssertInvalid("Status", reason);
        (await server.Api.PostAsync($"{Path}/{number}")).AssertInvalid("Status", "missing");
        Assert.Equal("pending", (await server.Api.GetAsync($"{Path}/{number}")).Text("status"));
    }

    [Fact]
    public async Task One_number_has_verifications_of_its_own_in_each_service()
    {
        var number = server.NewNumber();
        var path = await server.NewServiceAsync();

        var here = await server.Api.StartAsync(number);
        var there = await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"));

        Assert.NotEqual(here.Text("sid"), there.AssertStatus(201).Text("sid"));
        Assert.Equal(1, there.At("send_code_attempts").GetArrayLength());
    }

    [Fact]
    public async Task The_message_names_the_service_and_holds_the_code()
    {
        var path = await server.NewServiceAsync(("FriendlyName", "Acme Bank"));
        var number = server.NewNumber();

        await server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"));

        var message = (await server.MessagesAsync(number, 1))[0];
        Assert.Contains("Acme Bank", message.Body, StringComparison.Ordinal);
        Assert.Contains(message.Code.Reveal(), message.Body, StringComparison.Ordinal);
    }
}
