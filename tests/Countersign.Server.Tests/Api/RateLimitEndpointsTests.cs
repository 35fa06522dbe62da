using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class RateLimitEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string NoLimit = "RK00000000000000000000000000000000", NoBucket = "BL00000000000000000000000000000000";

    [Fact]
    public async Task A_limit_is_made_read_changed_and_removed()
    {
        var path = await PathAsync();

        var made = (await server.Api.PostAsync(path, ("UniqueName", "end_user.ip-1"), ("Description", "By address"))).AssertStatus(201);
        var own = $"{path}/{made.Text("sid")}";

        Assert.Equal(["sid", "service_sid", "account_sid", "unique_name", "description", "date_created", "date_updated", "url", "links"], made.NamesAt(""));
        Assert.Equal(("end_user.ip-1", "By address"), (made.Text("unique_name"), made.Text("description")));
        Assert.EndsWith(own, made.Text("url"), StringComparison.Ordinal);
        Assert.EndsWith(own + "/Buckets", made.Text("links.buckets"), StringComparison.Ordinal);
        Assert.Equal(made.Body, (await server.Api.GetAsync(own)).AssertStatus(200).Body);
        Assert.Equal("Other", (await server.Api.PostAsync(own, ("Description", "Other"))).AssertStatus(200).Text("description"));
        Assert.Equal("Other", (await server.Api.PostAsync(own)).AssertStatus(200).Text("description"));
        Assert.Equal("", (await server.Api.PostAsync(own, ("Description", ""))).AssertStatus(200).Text("description"));
        (await server.Api.DeleteAsync(own)).AssertStatus(204);
        (await server.Api.DeleteAsync(own)).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(own)).AssertError(404, 20404, "not_found");
        (await server.Api.PostAsync(own, ("Description", "Other"))).AssertError(404, 20404, "not_found");
        (await server.Api.PostAsync(own + "/Buckets", ("Max", "1"), ("Interval", "1"))).AssertError(404, 20404, "not_found");
    }

    [Theory]
    [InlineData("user ip")]
    [InlineData("user/ip")]
    [InlineData("benützer")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task What_is_no_name_is_a_60209(string name) =>
        (await server.Api.PostAsync(await PathAsync(), ("UniqueName", name))).AssertError(400, 60209, "invalid_limit_name");

    [Fact]
    public async Task A_name_is_given_once_in_a_service_and_is_required()
    {
        var path = await PathAsync();
        (await server.Api.PostAsync(path, ("UniqueName", "ip"))).AssertStatus(201);

        (await server.Api.PostAsync(path, ("UniqueName", "ip"))).AssertError(400, 60208, "rate_limit_exists");
        (await server.Api.PostAsync(path, ("UniqueName", "IP"))).AssertStatus(201);
        (await server.Api.PostAsync(await PathAsync(), ("UniqueName", "ip"))).AssertStatus(201);
        (await server.Api.PostAsync(path, ("Description", "nameless"))).AssertInvalid("UniqueName", "missing");
    }

    [Fact]
    public async Task A_service_has_fifty_limits_and_a_limit_ten_buckets()
    {
        var path = await PathAsync();
        var limit = "";
        for (var i = 1; i <= 50; i++)
            limit = (await server.Api.PostAsync(path, ("UniqueName", $"limit{i}"))).AssertStatus(201).Text("sid")!;
        for (var i = 1; i <= 10; i++)
            (await server.Api.PostAsync($"{path}/{limit}/Buckets", ("Max", "5"), ("Interval", $"{i}"))).AssertStatus(201);

        Assert.Equal(50, (await server.Api.PostAsync(path, ("UniqueName", "limit51"))).AssertError(400, 60207, "max_rate_limits").Number("details.max"));
        (await server.Api.PostAsync(path, ("UniqueName", "limit1"))).AssertError(400, 60208, "rate_limit_exists");
        (await server.Api.PostAsync($"{path}/{limit}/Buckets", ("Max", "5"), ("Interval", "11"))).AssertError(400, 60210, "max_buckets");
        (await server.Api.PostAsync($"{path}/{limit}/Buckets", ("Max", "5"), ("Interval", "10"))).AssertError(400, 60211, "bucket_exists");
    }

    [Fact]
    public async Task A_bucket_is_made_read_changed_and_removed()
    {
        var limit = await LimitAsync(await PathAsync(), "ip");

        var made = (await server.Api.PostAsync(limit + "/Buckets", ("Max", "5"), ("Interval", "60"))).AssertStatus(201);
        var other = (await server.Api.PostAsync(limit + "/Buckets", ("Max", "50"), ("Interval", "3600"))).AssertStatus(201);
        var own = $"{limit}/Buckets/{made.Text("sid")}";

        Assert.Equal(["sid", "rate_limit_sid", "service_sid", "account_sid", "max", "interval", "date_created", "date_updated", "url"], made.NamesAt(""));
        Assert.Equal((limit.Split('/')[^1], 5, 60), (made.Text("rate_limit_sid"), made.Number("max"), made.Number("interval")));
        Assert.EndsWith(own, made.Text("url"), StringComparison.Ordinal);
        Assert.Equal(made.Body, (await server.Api.GetAsync(own)).AssertStatus(200).Body);
        Assert.Equal((6, 60), Numbers(await server.Api.PostAsync(own, ("Max", "6"))));
        Assert.Equal((6, 61), Numbers(await server.Api.PostAsync(own, ("Interval", "61"))));
        Assert.Equal((6, 61), Numbers(await server.Api.PostAsync(own, ("Interval", "61"))));
        (await server.Api.PostAsync(own, ("Interval", "3600"))).AssertError(400, 60211, "bucket_exists");
        Assert.Equal((50, 3600), Numbers(await server.Api.GetAsync($"{limit}/Buckets/{other.Text("sid")}")));
        (await server.Api.DeleteAsync(own)).AssertStatus(204);
        (await server.Api.DeleteAsync(own)).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync(own)).AssertError(404, 20404, "not_found");
        (await server.Api.PostAsync(own, ("Max", "7"))).AssertError(404, 20404, "not_found");
    }

    [Theory]
    [InlineData("Max", "0", "out_of_range")]
    [InlineData("Max", "1000001", "out_of_range")]
    [InlineData("Max", "five", "not_an_integer")]
    [InlineData("Max", "", "missing")]
    [InlineData("Interval", "0", "out_of_range")]
    [InlineData("Interval", "86401", "out_of_range")]
    [InlineData("Interval", "", "missing")]
    public async Task A_buckets_numbers_are_refused_by_name(string name, string value, string reason)
    {
        var buckets = await LimitAsync(await PathAsync(), "ip") + "/Buckets";

        (await server.Api.PostAsync(buckets, ("Max", name == "Max" ? value : "1"), ("Interval", name == "Interval" ? value : "1"))).AssertInvalid(name, reason);
    }

    [Fact]
    public async Task Lists_are_paged_newest_first()
    {
        var path = await PathAsync();
        var limits = new[] { await LimitAsync(path, "a"), await LimitAsync(path, "b"), await LimitAsync(path, "c") };
        foreach (var interval in new[] { "3", "1", "2" })
            (await server.Api.PostAsync(limits[0] + "/Buckets", ("Max", "1"), ("Interval", interval))).AssertStatus(201);

        var first = await server.Api.GetAsync(path + "?PageSize=2");
        var second = await server.Api.GetAsync(new Uri(first.Text("meta.next_page_url")!).PathAndQuery);
        var buckets = await server.Api.GetAsync(limits[0] + "/Buckets?PageSize=2");

        Assert.Equal("rate_limits", first.Text("meta.key"));
        Assert.Equal(["c", "b"], first.At("rate_limits").EnumerateArray().Select(limit => limit.GetProperty("unique_name").GetString()));
        Assert.Equal(["a"], second.At("rate_limits").EnumerateArray().Select(limit => limit.GetProperty("unique_name").GetString()));
        Assert.Equal(["buckets", "meta"], buckets.NamesAt(""));
        Assert.Equal([2, 1], buckets.At("buckets").EnumerateArray().Select(bucket => bucket.GetProperty("interval").GetInt32()));
        Assert.Equal(0, (await server.Api.GetAsync(limits[1] + "/Buckets")).At("buckets").GetArrayLength());
    }

    [Fact]
    public async Task Another_accounts_and_another_services_limits_are_as_good_as_none()
    {
        var path = await PathAsync();
        var limit = await LimitAsync(path, "ip");
        var other = await server.NewAccountAsync();

        (await other.GetAsync(path)).AssertError(404, 20404, "not_found");
        (await other.GetAsync(limit)).AssertError(404, 20404, "not_found");
        (await other.PostAsync(limit + "/Buckets", ("Max", "1"), ("Interval", "1"))).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync($"{await PathAsync()}/{limit.Split('/')[^1]}")).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync($"{path}/{NoLimit}/Buckets")).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync($"{limit}/Buckets/{NoBucket}")).AssertError(404, 20404, "not_found");
        (await server.Api.GetAsync($"{limit}/Buckets/x")).AssertError(404, 20404, "not_found");
    }

    [Fact]
    public async Task Starts_are_counted_by_the_value_and_refused_with_the_bucket_that_is_full()
    {
        var path = await PathAsync();
        var limit = await LimitAsync(path, "ip");
        (await server.Api.PostAsync(limit + "/Buckets", ("Max", "100"), ("Interval", "86400"))).AssertStatus(201);
        var bucket = (await server.Api.PostAsync(limit + "/Buckets", ("Max", "2"), ("Interval", "60"))).AssertStatus(201).Text("sid");

        (await StartAsync(path, """{"ip":"203.0.113.7"}""")).AssertStatus(201);
        server.Clock.Advance(TimeSpan.FromSeconds(20));
        (await StartAsync(path, """{"ip":"203.0.113.7"}""")).AssertStatus(201);
        var refused = (await StartAsync(path, """{"ip":"203.0.113.7"}""")).AssertError(429, 20429, "rate_limit_reached").AssertRetryIn(40);

        Assert.Equal("true", refused.Headers["Twilio-Reached-Rate-Limit"]);
        Assert.Equal(("ip", bucket, 2, 60), (refused.Text("details.rate_limit"), refused.Text("details.bucket"), refused.Number("details.max"), refused.Number("details.interval")));
        Assert.DoesNotContain("203.0.113.7", refused.Body, StringComparison.Ordinal);
        (await StartAsync(path, """{"ip":"203.0.113.8"}""")).AssertStatus(201);
        (await StartAsync(path, null)).AssertStatus(201);
        server.Clock.Advance(TimeSpan.FromSeconds(40));
        (await StartAsync(path, """{"ip":"203.0.113.7"}""")).AssertStatus(201);
    }

    [Fact]
    public async Task Several_limits_count_together_or_not_at_all()
    {
        var path = await PathAsync();
        (await server.Api.PostAsync(await LimitAsync(path, "narrow") + "/Buckets", ("Max", "1"), ("Interval", "60"))).AssertStatus(201);
        (await server.Api.PostAsync(await LimitAsync(path, "wide") + "/Buckets", ("Max", "2"), ("Interval", "60"))).AssertStatus(201);
        (await StartAsync(path, """{"wide":"x","narrow":"x"}""")).AssertStatus(201);

        for (var i = 0; i < 3; i++)
            Assert.Equal("narrow", (await StartAsync(path, """{"wide":"x","narrow":"x"}""")).AssertError(429, 20429, "rate_limit_reached").Text("details.rate_limit"));

        (await StartAsync(path, """{"wide":"x"}""")).AssertStatus(201);
        Assert.Equal("wide", (await StartAsync(path, """{"wide":"x","narrow":"y"}""")).AssertError(429, 20429, "rate_limit_reached").Text("details.rate_limit"));
    }

    [Fact]
    public async Task A_name_that_the_service_has_no_limit_of_is_named()
    {
        var path = await PathAsync();
        await LimitAsync(path, "ip");

        var refused = (await StartAsync(path, """{"ip":"x","Ip":"x"}""")).AssertInvalid("RateLimits", "unknown_rate_limit");

        Assert.Equal("Ip", refused.Text("details.rate_limit"));
        (await StartAsync(path, """{"ip":"x"}""")).AssertStatus(201);
    }

    [Fact]
    public async Task A_start_that_is_refused_elsewhere_is_not_counted()
    {
        var path = await PathAsync();
        (await server.Api.PostAsync(await LimitAsync(path, "ip") + "/Buckets", ("Max", "6"), ("Interval", "60"))).AssertStatus(201);
        var number = server.NewNumber();
        for (var i = 0; i < 5; i++)
            (await StartAsync(path, """{"ip":"x"}""", number)).AssertStatus(201);

        for (var i = 0; i < 3; i++)
            (await StartAsync(path, """{"ip":"x"}""", number)).AssertError(429, 60203, "max_send_attempts");

        (await StartAsync(path, """{"ip":"x"}""")).AssertStatus(201);
        (await StartAsync(path, """{"ip":"x"}""")).AssertError(429, 20429, "rate_limit_reached");
    }

    [Fact]
    public async Task A_deleted_service_takes_its_limits_along()
    {
        var path = await PathAsync();
        await LimitAsync(path, "ip");
        var limits = (Core.Registry.IRegistry<Core.Guard.Limits.RateLimit>)server.Services.GetService(typeof(Core.Registry.IRegistry<Core.Guard.Limits.RateLimit>))!;
        var service = path.Split('/')[3];
        Assert.Contains(limits.All, limit => limit.ServiceSid.ToString() == service);

        (await server.Api.DeleteAsync("/v2/Services/" + service)).AssertStatus(204);

        Assert.DoesNotContain(limits.All, limit => limit.ServiceSid.ToString() == service);
    }

    async Task<string> PathAsync() => await server.NewServiceAsync() + "/RateLimits";

    async Task<string> LimitAsync(string path, string name) => $"{path}/{(await server.Api.PostAsync(path, ("UniqueName", name))).AssertStatus(201).Text("sid")}";

    Task<Answer> StartAsync(string limits, string? values, string? to = null)
    {
        (string, string)[] fields = [("To", to ?? server.NewNumber()), ("Channel", "sms")];
        return server.Api.PostAsync(limits.Replace("/RateLimits", "/Verifications", StringComparison.Ordinal), values is null ? fields : [.. fields, ("RateLimits", values)]);
    }

    static (int Max, int Interval) Numbers(Answer answer) => (answer.AssertStatus(200).Number("max"), answer.Number("interval"));
}
