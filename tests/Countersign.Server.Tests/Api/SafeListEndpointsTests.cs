using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class SafeListEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Path = "/v2/SafeList/Numbers";

    [Fact]
    public async Task A_number_is_added_read_and_removed_with_its_plus_sign_raw_or_escaped()
    {
        var api = await server.NewAccountAsync();
        var number = server.NewNumber();

        var added = (await api.PostAsync(Path, ("PhoneNumber", number))).AssertStatus(201);

        Assert.Equal(["sid", "phone_number", "url"], added.NamesAt(""));
        Assert.Matches("^GN[0-9a-f]{32}$", added.Text("sid"));
        Assert.Equal(number, added.Text("phone_number"));
        Assert.EndsWith($"{Path}/{number}", added.Text("url"), StringComparison.Ordinal);
        Assert.Equal(added.Body, (await api.GetAsync($"{Path}/{number}")).AssertStatus(200).Body);
        Assert.Equal(added.Body, (await api.GetAsync($"{Path}/{Uri.EscapeDataString(number)}")).AssertStatus(200).Body);
        (await api.PostAsync(Path, ("PhoneNumber", number))).AssertError(400, 60411, "already_listed");
        (await api.DeleteAsync($"{Path}/{number}")).AssertStatus(204);
        (await api.DeleteAsync($"{Path}/{number}")).AssertError(404, 20404, "not_found");
        (await api.GetAsync($"{Path}/{number}")).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task The_list_is_the_accounts_own()
    {
        var number = server.NewNumber();
        (await server.Api.PostAsync(Path, ("PhoneNumber", number))).AssertStatus(201);
        var other = await server.NewAccountAsync();

        (await other.GetAsync($"{Path}/{number}")).AssertError(404, 20404, "not_found");
    }

    [Theory]
    [InlineData("", "missing")]
    [InlineData("4155550100", "not_international")]
    public async Task What_is_no_number_is_refused(string number, string reason) =>
        (await (await server.NewAccountAsync()).PostAsync(Path, ("PhoneNumber", number))).AssertInvalid("PhoneNumber", reason);

    [Fact]
    public async Task An_account_has_thirty_calls_a_minute()
    {
        var api = await server.NewAccountAsync();
        var number = server.NewNumber();
        for (var i = 0; i < 30; i++)
        {
            (await api.GetAsync($"{Path}/{number}")).AssertStatus(404);
        }

        var refused = (await api.GetAsync($"{Path}/{number}")).AssertError(429, 20429, "call_limit");

        Assert.Equal("60", refused.Headers["Retry-After"]);
        (await (await server.NewAccountAsync()).GetAsync($"{Path}/{number}")).AssertStatus(404);
    }
}
