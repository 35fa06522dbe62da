using System.Text.Json;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

public sealed class RefusalAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Refusals = "/admin/v1/refusals";

    [Fact]
    public async Task A_start_that_was_refused_is_found_by_its_number_with_its_error_and_without_the_number()
    {
        var service = await server.NewServiceAsync();
        var number = server.NewNumber();
        (await server.Api.SendJsonAsync(HttpMethod.Post, "/admin/v1/block-list", $$"""{"numbers":["{{number}}"]}""")).AssertStatus(200);
        var refused = (await server.Api.PostAsync($"{service}/Verifications", ("To", number), ("Channel", "sms"))).AssertStatus(403);

        var found = Assert.Single(await WaitAsync(server.Api, $"{Refusals}?To={Uri.EscapeDataString(number)}", 1));

        Assert.Equal(["date_created", "service_sid", "to", "country", "channel", "code", "reason", "details"], found.EnumerateObject().Select(member => member.Name));
        Assert.Equal((service.Split('/')[^1], "sms", 60410), (found.GetProperty("service_sid").GetString(), found.GetProperty("channel").GetString(), found.GetProperty("code").GetInt32()));
        Assert.Equal(refused.Text("details.reason"), found.GetProperty("reason").GetString());
        Assert.Equal(refused.At("details").GetRawText(), found.GetProperty("details").GetRawText());
        Assert.DoesNotContain(number[^6..], found.GetRawText(), StringComparison.Ordinal);
        Assert.Empty(await ListAsync(server.Api, $"{Refusals}?To={Uri.EscapeDataString(server.NewNumber())}"));
    }

    [Fact]
    public async Task A_start_that_no_carrier_serves_is_found_too()
    {
        await using var own = await RunningServer.StartAsync(["--Countersign:Sandbox:Enabled", "false"]);
        (await own.Api.PostAsync($"{RunningServer.ServicePath}/Verifications", ("To", own.NewNumber()), ("Channel", "whatsapp"))).AssertStatus(400);

        var found = Assert.Single(await WaitAsync(own.Api, $"{Refusals}?ServiceSid={RunningServer.ServiceSid}", 1));

        Assert.Equal(("whatsapp", 60223), (found.GetProperty("channel").GetString(), found.GetProperty("code").GetInt32()));
    }

    [Fact]
    public async Task What_was_to_be_solved_first_is_not_shown()
    {
        var service = await server.NewServiceAsync();
        const string Practice = "+19815550190";
        (await server.Api.PostAsync($"{service}/Verifications", ("To", Practice), ("Channel", "sms"))).AssertError(403, 60410, "challenge_required");

        var found = Assert.Single(await WaitAsync(server.Api, $"{Refusals}?ServiceSid={service.Split('/')[^1]}", 1));

        Assert.Equal("challenge_required", found.GetProperty("reason").GetString());
        Assert.False(found.GetProperty("details").TryGetProperty("challenge", out _));
    }

    [Fact]
    public async Task Its_filters_are_also_known_as_most_of_the_admin_api_writes_them()
    {
        var service = await server.NewServiceAsync();
        var number = server.NewNumber();
        (await server.Api.SendJsonAsync(HttpMethod.Post, "/admin/v1/block-list", $$"""{"numbers":["{{number}}"]}""")).AssertStatus(200);
        (await server.Api.PostAsync($"{service}/Verifications", ("To", number), ("Channel", "sms"))).AssertStatus(403);

        Assert.Single(await WaitAsync(server.Api, $"{Refusals}?to={Uri.EscapeDataString(number)}&service_sid={service.Split('/')[^1]}", 1));
        Assert.Empty(await ListAsync(server.Api, $"{Refusals}?to={Uri.EscapeDataString(server.NewNumber())}"));
        Assert.Empty(await ListAsync(server.Api, $"{Refusals}?service_sid=VA{new string('0', 32)}"));
    }

    [Fact]
    public async Task Another_account_sees_none_of_it()
    {
        var service = await server.NewServiceAsync();
        var number = server.NewNumber();
        (await server.Api.SendJsonAsync(HttpMethod.Post, "/admin/v1/block-list", $$"""{"numbers":["{{number}}"]}""")).AssertStatus(200);
        (await server.Api.PostAsync($"{service}/Verifications", ("To", number), ("Channel", "sms"))).AssertStatus(403);
        await WaitAsync(server.Api, $"{Refusals}?ServiceSid={service.Split('/')[^1]}", 1);
        var other = await server.NewAccountAsync();

        foreach (var query in new[] { "", $"?ServiceSid={service.Split('/')[^1]}", $"?To={Uri.EscapeDataString(number)}" })
            Assert.Equal(0, (await other.GetAsync(Refusals + query)).AssertStatus(200).At("refusals").GetArrayLength());
    }

    [Theory]
    [InlineData("To=1234", "To", "not_international")]
    [InlineData("To=US", "To", "invalid_characters")]
    [InlineData("to=us", "to", "invalid_characters")]
    [InlineData("to=%2B14155550123&To=%2B14155550124", "to", "duplicated")]
    [InlineData("service_sid=VE1", "service_sid", "not_a_sid")]
    [InlineData("ServiceSid=VE1", "ServiceSid", "not_a_sid")]
    [InlineData("PageSize=0", "PageSize", "out_of_range")]
    [InlineData("PageToken=PAx", "PageToken", "not_a_page_token")]
    public async Task What_cannot_be_asked_is_refused(string query, string parameter, string reason) =>
        (await server.Api.GetAsync($"{Refusals}?{query}")).AssertInvalid(parameter, reason);

    /// <summary>Asks until there are as many: they are kept behind the answers.</summary>
    static async Task<List<JsonElement>> WaitAsync(ApiClient api, string path, int count)
    {
        for (var tries = 0; ; tries++)
        {
            var found = await ListAsync(api, path);
            if (found.Count >= count || tries == 200)
                return found;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
    }

    static async Task<List<JsonElement>> ListAsync(ApiClient api, string path) => [.. (await api.GetAsync(path)).AssertStatus(200).At("refusals").EnumerateArray()];
}
