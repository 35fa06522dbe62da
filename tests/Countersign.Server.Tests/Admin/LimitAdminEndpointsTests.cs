using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Admin;

public sealed class LimitAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task The_limits_have_defaults_and_are_changed_one_by_one()
    {
        var path = AdminPath(await server.NewServiceAsync());

        var shipped = (await server.Api.GetAsync(path)).AssertStatus(200);
        var changed = (await server.Api.PostJsonAsync(path, """{"destination_per_hour":3,"ip_per_hour":0}""")).AssertStatus(200);

        Assert.Equal(
            """{"destination_per_hour":10,"destination_per_day":20,"cooldown_seconds":0,"service_per_second":0,"service_per_minute":0,"ip_per_hour":60,"network_per_hour":300,"concurrent_starts":4,"fetches_per_minute":60,"fetches_per_hour":180,"fetches_per_day":250}""",
            shipped.Body);
        Assert.Equal(shipped.Body.Replace("hour\":10", "hour\":3", StringComparison.Ordinal).Replace("ip_per_hour\":60", "ip_per_hour\":0", StringComparison.Ordinal), changed.Body);
        Assert.Equal(changed.Body, (await server.Api.GetAsync(path)).Body);
    }

    [Theory]
    [InlineData("""{"destination_per_hour":-1}""", "destination_per_hour", "out_of_range")]
    [InlineData("""{"cooldown_seconds":601}""", "cooldown_seconds", "out_of_range")]
    [InlineData("""{"ip_per_hour":"many"}""", "ip_per_hour", "out_of_range")]
    public async Task What_cannot_be_is_refused_by_name_and_changes_nothing(string body, string name, string reason)
    {
        var path = AdminPath(await server.NewServiceAsync());
        var before = await server.Api.GetAsync(path);

        (await server.Api.PostJsonAsync(path, body)).AssertInvalid(name, reason);

        Assert.Equal(before.Body, (await server.Api.GetAsync(path)).Body);
    }

    [Fact]
    public async Task Another_accounts_service_is_not_found()
    {
        var other = await server.NewAccountAsync();
        var path = AdminPath(RunningServer.ServicePath);

        (await other.GetAsync(path)).AssertError(404, 20404, "not_found");
        (await other.PostJsonAsync(path, """{"ip_per_hour":0}""")).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task A_destination_gets_so_many_codes_in_an_hour_over_all_its_verifications()
    {
        var (path, number) = (await ServiceAsync("""{"destination_per_hour":3}"""), server.NewNumber());
        for (var i = 0; i < 3; i++)
        {
            var started = (await StartAsync(path, number)).AssertStatus(201);
            Assert.Equal(i == 2 ? 3600 : 0, started.Number("countersign.next_send_seconds"));
            (await server.Api.PostAsync($"{path}/Verifications/{started.Text("sid")}", ("Status", "canceled"))).AssertStatus(200);
        }

        var refused = (await StartAsync(path, number)).AssertError(429, 20429, "destination_limit").AssertRetryIn(3600);

        Assert.Equal((3, 3600), (refused.Number("details.max"), refused.Number("details.interval")));
        (await StartAsync(path, server.NewNumber())).AssertStatus(201);
        server.Clock.Advance(TimeSpan.FromHours(1));
        (await StartAsync(path, number)).AssertStatus(201);
    }

    [Fact]
    public async Task Whoever_asks_from_elsewhere_does_not_use_up_what_the_person_may_ask_for_at_home()
    {
        var (path, number) = (await ServiceAsync("""{"destination_per_hour":3}"""), server.NewNumber());
        (await StartAsync(path, number, From("192.0.2.10"))).AssertStatus(201);
        Assert.Equal("approved", (await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", await server.CodeAsync(number)))).AssertStatus(200).Text("status"));
        (await StartAsync(path, number, From("198.51.100.1"))).AssertStatus(201);
        (await StartAsync(path, number)).AssertStatus(201);
        (await StartAsync(path, number, From("198.51.100.2"))).AssertError(429, 20429, "destination_limit");

        for (var i = 0; i < 3; i++)
            (await StartAsync(path, number, From("192.0.2.200"))).AssertStatus(201);

        // Not without end either.
        (await StartAsync(path, number, From("192.0.2.10"))).AssertError(429, 20429, "destination_limit");
    }

    [Fact]
    public async Task Home_is_where_the_code_was_typed_and_not_where_somebody_else_asked_for_it()
    {
        var (path, number) = (await ServiceAsync("""{"destination_per_hour":2}"""), server.NewNumber());
        (await StartAsync(path, number, From("192.0.2.10"))).AssertStatus(201);
        (await StartAsync(path, number, From("198.51.100.1"))).AssertStatus(201);
        (await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", await server.CodeAsync(number, 2)), From("192.0.2.77"))).AssertStatus(200);

        (await StartAsync(path, number, From("198.51.100.1"))).AssertError(429, 20429, "destination_limit");
        (await StartAsync(path, number, From("192.0.2.10"))).AssertStatus(201);
    }

    [Fact]
    public async Task The_pause_between_sends_grows_and_ends_when_the_code_is_typed()
    {
        var (path, number) = (await ServiceAsync("""{"cooldown_seconds":30}"""), server.NewNumber());
        Assert.Equal(30, (await StartAsync(path, number)).AssertStatus(201).Number("countersign.next_send_seconds"));
        (await StartAsync(path, number)).AssertError(429, 20429, "cooldown").AssertRetryIn(30);
        server.Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.Equal(60, (await StartAsync(path, number)).AssertStatus(201).Number("countersign.next_send_seconds"));
        (await StartAsync(path, number)).AssertError(429, 20429, "cooldown").AssertRetryIn(60);
        (await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", await server.CodeAsync(number, 2)))).AssertStatus(200);

        Assert.Equal(30, (await StartAsync(path, number)).AssertStatus(201).Number("countersign.next_send_seconds"));
    }

    [Fact]
    public async Task A_device_and_its_network_get_so_many_codes_in_an_hour()
    {
        var path = await ServiceAsync("""{"ip_per_hour":2,"network_per_hour":3}""");
        foreach (var address in new[] { "203.0.113.7", "203.0.113.7", "203.0.113.8" })
            (await StartAsync(path, server.NewNumber(), ("DeviceIp", address))).AssertStatus(201);

        (await StartAsync(path, server.NewNumber(), ("DeviceIp", "::ffff:203.0.113.7"))).AssertError(429, 20429, "ip_limit");
        (await StartAsync(path, server.NewNumber(), ("DeviceIp", "203.0.113.9"))).AssertError(429, 20429, "network_limit");
        (await StartAsync(path, server.NewNumber(), ("DeviceIp", "203.0.114.7"))).AssertStatus(201);
        (await StartAsync(path, server.NewNumber())).AssertStatus(201);
    }

    [Fact]
    public async Task An_IPv6_address_counts_as_its_64_and_its_network_is_the_48()
    {
        var path = await ServiceAsync("""{"ip_per_hour":1,"network_per_hour":2}""");
        (await StartAsync(path, server.NewNumber(), ("DeviceIp", "2001:db8:1:1::1"))).AssertStatus(201);

        (await StartAsync(path, server.NewNumber(), ("DeviceIp", "2001:db8:1:1::2"))).AssertError(429, 20429, "ip_limit");
        (await StartAsync(path, server.NewNumber(), ("DeviceIp", "2001:db8:1:2::1"))).AssertStatus(201);
        (await StartAsync(path, server.NewNumber(), ("DeviceIp", "2001:db8:1:3::1"))).AssertError(429, 20429, "network_limit");
        (await StartAsync(path, server.NewNumber(), ("DeviceIp", "2001:db8:2:1::1"))).AssertStatus(201);
    }

    [Fact]
    public async Task A_service_starts_so_many_in_a_second_and_in_a_minute()
    {
        var path = await ServiceAsync("""{"service_per_second":1,"service_per_minute":2}""");
        (await StartAsync(path, server.NewNumber())).AssertStatus(201);
        (await StartAsync(path, server.NewNumber())).AssertError(429, 20429, "service_limit").AssertRetryIn(1);
        server.Clock.Advance(TimeSpan.FromSeconds(1));
        (await StartAsync(path, server.NewNumber())).AssertStatus(201);

        (await StartAsync(path, server.NewNumber())).AssertError(429, 20429, "service_limit").AssertRetryIn(59);
    }

    [Fact]
    public async Task A_verification_is_read_so_often_in_a_minute_whichever_way_it_is_named()
    {
        var (path, number) = (await ServiceAsync("""{"fetches_per_minute":3}"""), server.NewNumber());
        var started = await StartAsync(path, number);
        var own = $"{path}/Verifications/{started.Text("sid")}";
        (await server.Api.GetAsync(own)).AssertStatus(200);
        (await server.Api.GetAsync($"{path}/Verifications/{number}")).AssertStatus(200);
        (await server.Api.GetAsync(own)).AssertStatus(200);

        (await server.Api.GetAsync(own)).AssertError(429, 20429, "fetch_limit").AssertRetryIn(60);
        (await server.Api.GetAsync($"{path}/Verifications/{number}")).AssertError(429, 20429, "fetch_limit");
        (await server.Api.GetAsync($"{path}/Verifications/{(await StartAsync(path, server.NewNumber())).Text("sid")}")).AssertStatus(200);
    }

    [Fact]
    public async Task Test_numbers_have_no_limit_but_a_wrong_name_of_one_is_found_with_them()
    {
        var (path, number) = (await ServiceAsync("""{"destination_per_hour":1,"service_per_minute":1,"cooldown_seconds":30,"fetches_per_minute":1}"""), server.NewNumber());
        (await server.Api.SendJsonAsync(HttpMethod.Put, $"/admin/v1/services/{path.Split('/')[^1]}/test-numbers/{number}", """{"code":"4242"}""")).AssertStatus(200);

        for (var i = 0; i < 3; i++)
        {
            var started = (await StartAsync(path, number)).AssertStatus(201);
            Assert.Equal(0, started.Number("countersign.next_send_seconds"));
            (await server.Api.GetAsync($"{path}/Verifications/{started.Text("sid")}")).AssertStatus(200);
        }

        (await StartAsync(path, number, ("RateLimits", """{"nowhere":"x"}"""))).AssertInvalid("RateLimits", "unknown_rate_limit");
    }

    [Fact]
    public async Task An_account_starts_so_many_over_all_its_services()
    {
        await using var own = await RunningServer.StartAsync(["--Countersign:Guard:AccountPerMinute", "2"]);
        var (first, second) = (await own.NewServiceAsync(), await own.NewServiceAsync());
        foreach (var path in new[] { first, second })
            (await own.Api.PostAsync(path + "/Verifications", ("To", own.NewNumber()), ("Channel", "sms"))).AssertStatus(201);

        (await own.Api.PostAsync(first + "/Verifications", ("To", own.NewNumber()), ("Channel", "sms"))).AssertError(429, 20429, "account_limit").AssertRetryIn(60);
    }

    async Task<string> ServiceAsync(string limits)
    {
        var path = await server.NewServiceAsync();
        (await server.Api.PostJsonAsync(AdminPath(path), limits)).AssertStatus(200);
        return path;
    }

    static string AdminPath(string path) => $"/admin/v1/services/{path.Split('/')[^1]}/limits";

    static (string, string) From(string address) => ("DeviceIp", address);

    Task<Answer> StartAsync(string path, string to, params (string, string)[] more) =>
        server.Api.PostAsync(path + "/Verifications", [("To", to), ("Channel", "sms"), .. more]);
}
