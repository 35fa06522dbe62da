using Countersign.Core.Insight;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Admin;

public sealed class RollupAdminEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    const string Rollups = "/admin/v1/rollups";

    [Fact]
    public async Task What_happened_is_told_by_the_hour_and_in_sum()
    {
        var service = await ConvertedAsync();

        var answer = (await server.Api.GetAsync($"{Rollups}?ServiceSid={service}")).AssertStatus(200);

        Assert.Equal(["service_sid", "from", "to", "group_by", "rows", "total", "is_cut"], answer.NamesAt(""));
        var row = Assert.Single(answer.At("rows").EnumerateArray());
        Assert.Equal(
            ["hour", "starts", "sends", "failed", "too_late", "delivered", "undelivered", "read", "approved", "canceled", "max_attempts", "segments", "converted", "delivery_rate", "conversion_rate"],
            row.EnumerateObject().Select(member => member.Name));
        Assert.Equal("2026-03-01T12:00:00Z", row.GetProperty("hour").GetString());
        Assert.Equal(("2026-02-28T13:00:00Z", "2026-03-01T13:00:00Z"), (answer.Text("from"), answer.Text("to")));
        Assert.Equal((2, 1, 0.5), (answer.Number("total.starts"), answer.Number("total.approved"), answer.At("total.conversion_rate").GetDouble()));
    }

    [Fact]
    public async Task Rows_have_the_members_that_they_are_grouped_by()
    {
        var service = await ConvertedAsync();

        var answer = await server.Api.GetAsync($"{Rollups}?ServiceSid={service}&From=2026-03-01&To=2026-03-02&GroupBy=day,service,country,channel,carrier,error");

        var rows = answer.AssertStatus(200).At("rows").EnumerateArray().ToList();
        Assert.Equal(2, rows.Count);
        Assert.Equal(["day", "service_sid", "country", "channel", "carrier", "error"], rows[0].EnumerateObject().Take(6).Select(member => member.Name));
        Assert.Equal(
            ["2026-03-01T00:00:00Z", service, "US", "sms", null, null], rows[0].EnumerateObject().Take(6).Select(member => member.Value.GetString()));
        Assert.Equal("sandbox", rows[1].GetProperty("carrier").GetString());
        Assert.Equal(2, rows[1].GetProperty("sends").GetInt32());
    }

    [Fact]
    public async Task Where_nothing_happened_there_are_no_rows_and_no_rates()
    {
        var path = await server.NewServiceAsync();

        var answer = (await server.Api.GetAsync($"{Rollups}?ServiceSid={path.Split('/')[^1]}&GroupBy=error")).AssertStatus(200);

        Assert.Equal(0, answer.At("rows").GetArrayLength());
        Assert.Equal(0, answer.Number("total.starts"));
        Assert.True(answer.IsNull("total.conversion_rate"));
        Assert.True(answer.IsNull("total.delivery_rate"));
    }

    [Fact]
    public async Task Another_account_sees_none_of_it()
    {
        var service = await ConvertedAsync();
        var other = await server.NewAccountAsync();

        foreach (var query in new[] { "", $"?ServiceSid={service}" })
            Assert.Equal(0, (await other.GetAsync(Rollups + query)).AssertStatus(200).At("rows").GetArrayLength());
    }

    [Theory]
    [InlineData("ServiceSid=VE1", "ServiceSid", "not_a_sid")]
    [InlineData("From=yesterday", "From", "not_a_moment")]
    [InlineData("To=2026-13-01", "To", "not_a_moment")]
    [InlineData("From=2026-03-02&To=2026-03-01", "From", "out_of_range")]
    [InlineData("From=2020-01-01&To=2026-03-01", "From", "out_of_range")]
    [InlineData("GroupBy=week", "GroupBy", "not_a_choice")]
    [InlineData("GroupBy=hour,day", "GroupBy", "not_a_choice")]
    [InlineData("GroupBy=country,", "GroupBy", "not_a_choice")]
    public async Task What_cannot_be_asked_is_refused(string query, string parameter, string reason) =>
        (await server.Api.GetAsync($"{Rollups}?{query}")).AssertInvalid(parameter, reason);

    [Theory]
    [InlineData("2026-03-01")]
    [InlineData("2026-03-01T00:00Z")]
    [InlineData("2026-03-01T00:00:00.000Z")]
    [InlineData("2026-03-01T00:00:00")]
    [InlineData("2026-03-01T02:00:00%2B02:00")]
    [InlineData("2026-03-01T02:00:00+02:00")]
    public async Task A_moment_is_read_in_each_of_its_forms(string from) =>
        Assert.Equal("2026-03-01T00:00:00Z", (await server.Api.GetAsync($"{Rollups}?From={from}&To=2026-03-02")).AssertStatus(200).Text("from"));

    [Fact]
    public async Task Settings_say_how_long_things_are_kept()
    {
        await using var own = await RunningServer.StartAsync(["--Countersign:Retention:HistoryDays", "7", "--Countersign:Retention:RollupDays", "0"]);

        var options = own.Services.GetRequiredService<RetentionOptions>();

        Assert.Equal((7, 0), (options.HistoryDays, options.RollupDays));
    }

    [Fact]
    public async Task History_goes_by_itself_when_its_days_are_over()
    {
        await using var own = await RunningServer.StartAsync(["--Countersign:Retention:HistoryDays", "7"]);
        var number = own.NewNumber();
        var started = (await own.Api.StartAsync(number)).AssertStatus(201);
        await own.CodeAsync(number);
        var path = $"{RunningServer.ServicePath}/Verifications/{started.Text("sid")}";
        own.Clock.Advance(TimeSpan.FromDays(6));
        (await own.Api.GetAsync(path)).AssertStatus(200);

        // The worker looks once an hour, and only once the pass before has ended.
        for (var hours = 0; (await own.Api.GetAsync(path)).Status == 200; hours++)
        {
            Assert.InRange(hours, 0, 10_000);
            own.Clock.Advance(TimeSpan.FromHours(1));
        }

        (await own.Api.GetAsync(path)).AssertError(404, 20404, "never_existed");
    }

    /// <summary>A service of its own with two starts, one of them approved; its SID.</summary>
    async Task<string> ConvertedAsync()
    {
        var path = await server.NewServiceAsync();
        var (number, other) = (server.NewNumber(), server.NewNumber());
        foreach (var to in new[] { number, other })
        {
            (await server.Api.PostAsync(path + "/Verifications", ("To", to), ("Channel", "sms"))).AssertStatus(201);
            await server.CodeAsync(to);
        }

        (await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", await server.CodeAsync(number)))).AssertStatus(200);

        // The phone has a message before its outcome is recorded.
        var service = path.Split('/')[^1];
        while ((await server.Api.GetAsync($"{Rollups}?ServiceSid={service}")).AssertStatus(200).Number("total.sends") < 2)
        {
        }

        return service;
    }
}
