using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class MessagingConfigurationEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_configuration_is_made_read_changed_and_removed()
    {
        var (first, second) = (await server.Api.NewPoolAsync('1'), await server.Api.NewPoolAsync('2'));
        var path = await PathAsync();

        var made = (await server.Api.PostAsync(path, ("Country", "ca"), ("MessagingServiceSid", first))).AssertStatus(201);

        Assert.Equal(["account_sid", "service_sid", "country", "messaging_service_sid", "date_created", "date_updated", "url"], made.NamesAt(""));
        Assert.Equal(("CA", first), (made.Text("country"), made.Text("messaging_service_sid")));
        Assert.EndsWith(path + "/CA", made.Text("url"), StringComparison.Ordinal);
        Assert.Equal(made.Body, (await server.Api.GetAsync(path + "/CA")).AssertStatus(200).Body);
        Assert.Equal(second, (await server.Api.PostAsync(path + "/ca", ("MessagingServiceSid", second))).AssertStatus(200).Text("messaging_service_sid"));
        (await server.Api.DeleteAsync(path + "/CA")).AssertStatus(204);
        (await server.Api.DeleteAsync(path + "/CA")).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(path + "/CA")).AssertError(404, 20404, "not_found");
        (await server.Api.PostAsync(path + "/CA", ("MessagingServiceSid", second))).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task A_country_has_one_configuration_and_all_is_one_too()
    {
        var pool = await server.Api.NewPoolAsync('3');
        var path = await PathAsync();

        (await server.Api.PostAsync(path, ("Country", "ALL"), ("MessagingServiceSid", pool))).AssertStatus(201);
        (await server.Api.PostAsync(path, ("Country", "GB"), ("MessagingServiceSid", pool))).AssertStatus(201);

        (await server.Api.PostAsync(path, ("Country", "gb"), ("MessagingServiceSid", pool))).AssertError(400, 60213, "messaging_configuration_exists");
        Assert.Equal("all", (await server.Api.GetAsync(path + "/all")).Text("country"));
    }

    [Theory]
    [InlineData("", "{pool}", "Country", "missing")]
    [InlineData("XX", "{pool}", "Country", "not_a_country")]
    [InlineData("Canada", "{pool}", "Country", "not_a_country")]
    [InlineData("CA", "", "MessagingServiceSid", "missing")]
    [InlineData("CA", "VA00000000000000000000000000000000", "MessagingServiceSid", "not_a_sid")]
    [InlineData("CA", "MG00000000000000000000000000000000", "MessagingServiceSid", "unknown_messaging_service")]
    public async Task What_cannot_be_is_refused_by_name(string country, string pool, string parameter, string reason)
    {
        pool = pool.Replace("{pool}", await server.Api.NewPoolAsync('4'), StringComparison.Ordinal);

        (await server.Api.PostAsync(await PathAsync(), ("Country", country), ("MessagingServiceSid", pool))).AssertInvalid(parameter, reason);
    }

    [Fact]
    public async Task The_list_is_paged_newest_first_and_a_services_own()
    {
        var pool = await server.Api.NewPoolAsync('5');
        var path = await PathAsync();
        foreach (var country in new[] { "CA", "all", "DE" })
        {
            (await server.Api.PostAsync(path, ("Country", country), ("MessagingServiceSid", pool))).AssertStatus(201);
        }

        var first = await server.Api.GetAsync(path + "?PageSize=2");
        var second = await server.Api.GetAsync(new Uri(first.Text("meta.next_page_url")!).PathAndQuery);

        Assert.Equal(["messaging_configurations", "meta"], first.NamesAt(""));
        Assert.Equal("messaging_configurations", first.Text("meta.key"));
        Assert.Equal(["DE", "all"], Countries(first));
        Assert.Equal(["CA"], Countries(second));
        Assert.Empty(Countries(await server.Api.GetAsync(await PathAsync())));
    }

    [Fact]
    public async Task Another_accounts_service_and_pool_are_as_good_as_none()
    {
        var path = await PathAsync();
        var pool = await server.Api.NewPoolAsync('6');
        (await server.Api.PostAsync(path, ("Country", "CA"), ("MessagingServiceSid", pool))).AssertStatus(201);
        var other = await server.NewAccountAsync();
        var theirs = $"/v2/Services/{(await other.PostAsync("/v2/Services", ("FriendlyName", "Other"))).Text("sid")}/MessagingConfigurations";

        (await other.GetAsync(path)).AssertError(404, 20404, "not_found");
        (await other.GetAsync(path + "/CA")).AssertError(404, 20404, "not_found");
        (await other.PostAsync(path, ("Country", "DE"), ("MessagingServiceSid", pool))).AssertError(404, 20404, "not_found");
        (await other.DeleteAsync(path + "/CA")).AssertError(404, 20404, "not_found");
        (await other.PostAsync(theirs, ("Country", "CA"), ("MessagingServiceSid", pool))).AssertInvalid("MessagingServiceSid", "unknown_messaging_service");
    }

    [Fact]
    public async Task A_deleted_service_takes_its_configurations_along()
    {
        var pool = await server.Api.NewPoolAsync('7');
        var path = await PathAsync();
        (await server.Api.PostAsync(path, ("Country", "CA"), ("MessagingServiceSid", pool))).AssertStatus(201);
        (await server.Api.DeleteAsync($"/admin/v1/messaging-services/{pool}")).AssertError(409, 20409, "messaging_service_in_use");

        (await server.Api.DeleteAsync(path[..path.LastIndexOf('/')])).AssertStatus(204);

        (await server.Api.DeleteAsync($"/admin/v1/messaging-services/{pool}")).AssertStatus(204);
    }

    async Task<string> PathAsync() => await server.NewServiceAsync() + "/MessagingConfigurations";

    static IEnumerable<string?> Countries(Answer answer) =>
        answer.AssertStatus(200).At("messaging_configurations").EnumerateArray().Select(item => item.GetProperty("country").GetString());
}
