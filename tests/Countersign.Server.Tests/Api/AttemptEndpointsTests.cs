using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

public sealed class AttemptEndpointsTests(RunningServer server) : IClassFixture<RunningServer>
{
    static readonly string[] Members =
        ["sid", "account_sid", "service_sid", "verification_sid", "date_created", "date_updated", "conversion_status", "channel", "price", "channel_data", "url"];

    static readonly string[] Data =
        ["verification_sid", "to", "status", "message_status", "error_code", "country", "code_length", "locale", "mcc", "mnc", "carrier"];

    [Fact]
    public async Task An_attempt_is_listed_fetched_and_converted_by_its_code()
    {
        var number = server.NewNumber();
        var started = (await server.Api.StartAsync(number)).AssertStatus(201).Text("sid")!;
        var code = await server.CodeAsync(number);
        var attempt = (await ListedAsync(started)).At("attempts")[0];
        var path = "/v2/Attempts/" + attempt.GetProperty("sid").GetString();

        Assert.Equal(Members, attempt.EnumerateObject().Select(member => member.Name));
        Assert.Equal(Data, attempt.GetProperty("channel_data").EnumerateObject().Select(member => member.Name));
        var before = (await server.Api.GetAsync(path)).AssertStatus(200);
        Assert.Equal(attempt.GetRawText(), before.Body);
        (await server.Api.CheckAsync(number, code)).AssertStatus(200);
        var after = (await server.Api.GetAsync(path)).AssertStatus(200);

        Assert.Equal(("unconverted", "unconfirmed"), (before.Text("conversion_status"), before.At("channel_data").GetProperty("status").GetString()));
        Assert.Equal(("converted", "confirmed"), (after.Text("conversion_status"), after.At("channel_data").GetProperty("status").GetString()));
        Assert.Equal(number, after.At("channel_data").GetProperty("to").GetString());
    }

    [Fact]
    public async Task No_answer_about_a_verification_or_its_attempts_holds_the_code()
    {
        // Of ten digits, which no SID and no moment holds by chance.
        var path = await server.NewServiceAsync(("CodeLength", "10"));
        var number = server.NewNumber();
        (string, string)[] to = [("To", number), ("Channel", "sms")];

        var started = await server.Api.PostAsync(path + "/Verifications", to);
        var code = await server.CodeAsync(number);
        var sid = started.AssertStatus(201).Text("sid")!;
        var listed = await ListedAsync(sid);
        var attempt = listed.At("attempts")[0].GetProperty("sid").GetString();
        Answer[] answers =
        [
            started,
            listed,
            await server.Api.GetAsync($"/v2/Attempts/{attempt}"),
            await server.Api.GetAsync($"/admin/v1/attempts/{attempt}"),
            await server.Api.PostAsync(path + "/Verifications", to),
            await server.Api.GetAsync($"{path}/Verifications/{sid}"),
            await server.Api.GetAsync($"{path}/Verifications/{number}"),
            await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", RunningServer.Wrong(code))),
            await server.Api.PostAsync(path + "/VerificationCheck", ("To", number), ("Code", code)),
        ];

        Assert.Equal(10, code.Length);
        Assert.All(answers, answer =>
        {
            Assert.InRange(answer.Status, 200, 201);
            Assert.DoesNotContain(code, answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain(answer.Headers.Values, value => value.Contains(code, StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task The_latest_attempt_is_converted_and_an_earlier_one_is_not()
    {
        await using var own = await RunningServer.StartAsync([]);
        var number = own.NewNumber();
        var started = (await own.Api.StartAsync(number)).AssertStatus(201).Text("sid")!;
        await own.MessagesAsync(number, 1);
        own.Clock.Advance(TimeSpan.FromMinutes(5));
        (await own.Api.StartAsync(number)).AssertStatus(201);
        (await own.Api.CheckAsync(number, await own.CodeAsync(number, 2))).AssertStatus(200);

        var listed = await UntilAsync(own.Api, $"/v2/Attempts?VerificationSid={started}", 2);
        var summary = (await own.Api.GetAsync("/v2/Attempts/Summary")).AssertStatus(200);

        Assert.Equal(["converted", "unconverted"], listed.At("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("conversion_status").GetString()));
        Assert.Equal("""{"total_attempts":2,"total_converted":1,"total_unconverted":1,"conversion_rate_percentage":"50",""", summary.Body[..summary.Body.IndexOf("\"url\"", StringComparison.Ordinal)]);
    }

    [Fact]
    public async Task A_mail_of_a_fallback_plan_went_to_its_mailbox()
    {
        await using var own = await RunningServer.StartAsync([]);
        var number = own.NewNumber();
        await own.Api.StartAsync(number, ("Fallback", """[{"channel":"sms","wait":10},{"channel":"email","to":"someone@example.com"}]"""));
        await own.MessagesAsync(number, 1);
        own.Clock.Advance(TimeSpan.FromSeconds(11));
        await own.MessagesAsync("someone@example.com", 1);

        var all = await UntilAsync(own.Api, "/v2/Attempts", 2);
        (await own.Api.CheckAsync(number, await own.CodeAsync(number))).AssertStatus(200);
        var ofMailbox = await UntilAsync(own.Api, "/v2/Attempts?ChannelData.To=someone@example.com", 1);
        var ofNumber = await UntilAsync(own.Api, "/v2/Attempts?ChannelData.To=" + Uri.EscapeDataString(number), 1);
        var rollups = (await own.Api.GetAsync("/admin/v1/rollups?GroupBy=channel,country")).AssertStatus(200);

        Assert.Equal([("email", "someone@example.com", (string?)null), ("sms", number, "US")], all.At("attempts").EnumerateArray().Select(Told));
        Assert.Equal(("email", "someone@example.com", null), Told(ofMailbox.At("attempts")[0]));
        Assert.Equal("converted", ofMailbox.At("attempts")[0].GetProperty("conversion_status").GetString());
        Assert.Equal("sms", Told(ofNumber.At("attempts")[0]).Channel);
        Assert.Equal(
            [("", 1, 1), ("US", 0, 0)],
            rollups.At("rows").EnumerateArray().Where(row => row.GetProperty("channel").GetString() == "email")
                .Select(row => (row.GetProperty("country").GetString() ?? "", row.GetProperty("sends").GetInt32(), row.GetProperty("converted").GetInt32())).Order());

        static (string? Channel, string? To, string? Country) Told(System.Text.Json.JsonElement attempt) => (
            attempt.GetProperty("channel").GetString(), attempt.GetProperty("channel_data").GetProperty("to").GetString(), attempt.GetProperty("channel_data").GetProperty("country").GetString());
    }

    [Fact]
    public async Task Pages_lead_on_with_the_same_filters_until_there_is_no_more()
    {
        await using var own = await RunningServer.StartAsync([]);
        for (var i = 0; i < 5; i++)
        {
            var number = own.NewNumber();
            (await own.Api.StartAsync(number)).AssertStatus(201);
            await own.MessagesAsync(number, 1);
            own.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await UntilAsync(own.Api, "/v2/Attempts", 5);
        var (path, sids, pages) = ("/v2/Attempts?PageSize=2&Channel=sms&Status=unconverted", new List<string>(), 0);
        while (path is not null)
        {
            var page = (await own.Api.GetAsync(path)).AssertStatus(200);
            sids.AddRange(page.At("attempts").EnumerateArray().Select(attempt => attempt.GetProperty("sid").GetString()!));
            path = page.At("meta").GetProperty("next_page_url").GetString() is { } next ? new Uri(next).PathAndQuery : null;
            Assert.True(path?.Contains("Channel=sms&Status=unconverted", StringComparison.Ordinal) != false);
            pages++;
        }

        Assert.Equal((5, 5, 3), (sids.Count, sids.Distinct().Count(), pages));
        Assert.Equal(sids.OrderDescending(StringComparer.Ordinal), sids);
    }

    /// <summary>A page may end at an attempt of somebody else.</summary>
    [Fact]
    public async Task A_token_tells_no_attempt_and_is_good_for_its_account_alone()
    {
        await using var own = await RunningServer.StartAsync([]);
        for (var i = 0; i < 2; i++)
        {
            var number = own.NewNumber();
            (await own.Api.StartAsync(number)).AssertStatus(201);
            await own.MessagesAsync(number, 1);
            own.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await UntilAsync(own.Api, "/v2/Attempts", 2);
        var page = (await own.Api.GetAsync("/v2/Attempts?PageSize=1")).AssertStatus(200);
        var next = new Uri(page.At("meta").GetProperty("next_page_url").GetString()!).PathAndQuery;

        Assert.DoesNotContain(page.At("attempts")[0].GetProperty("sid").GetString()![2..20], next, StringComparison.Ordinal);
        Assert.Single((await own.Api.GetAsync(next)).AssertStatus(200).At("attempts").EnumerateArray());
        (await (await own.NewAccountAsync()).GetAsync(next)).AssertInvalid("PageToken", "not_a_page_token");
    }

    [Fact]
    public async Task An_account_has_a_hundred_calls_a_minute_of_all_three_together()
    {
        var api = await server.NewAccountAsync();
        string[] paths = ["/v2/Attempts", "/v2/Attempts/Summary", "/v2/Attempts/VL00000000000000000000000000000000"];
        for (var i = 0; i < 100; i++)
        {
            Assert.NotEqual(429, (await api.GetAsync(paths[i % 3])).Status);
        }

        foreach (var path in paths)
        {
            (await api.GetAsync(path)).AssertError(429, 20429, "call_limit");
        }

        (await (await server.NewAccountAsync()).GetAsync("/v2/Attempts")).AssertStatus(200);
    }

    [Theory]
    [InlineData("/v2/Attempts?ChannelData.To=4155550100", "ChannelData.To", "not_international")]
    [InlineData("/v2/Attempts?PageToken=PAMQ", "PageToken", "not_a_page_token")]
    [InlineData("/v2/Attempts?PageToken=garbage", "PageToken", "not_a_page_token")]
    [InlineData("/v2/Attempts?PageToken=PAffffffffffffffffffffffffffffffff", "PageToken", "not_a_page_token")]
    [InlineData("/v2/Attempts?PageToken=PA00000000000000007fffffffffffffff", "PageToken", "not_a_page_token")]
    [InlineData("/v2/Attempts?PageToken=PA00000000000000000000000000000000", "PageToken", "not_a_page_token")]
    [InlineData("/v2/Attempts?PageToken=", "PageToken", "empty")]
    [InlineData("/v2/Attempts?Status=CONVERTED", "Status", "not_a_choice")]
    [InlineData("/v2/Attempts?DateCreatedAfter=yesterday", "DateCreatedAfter", "not_a_moment")]
    [InlineData("/v2/Attempts/Summary?Country=XX", "Country", "not_a_country")]
    [InlineData("/v2/Attempts/Summary?DestinationPrefix=1415", "DestinationPrefix", "not_international")]
    public async Task What_is_no_filter_is_refused(string path, string parameter, string reason) => (await server.Api.GetAsync(path)).AssertInvalid(parameter, reason);

    [Theory]
    [InlineData("Country=us")]
    [InlineData("DateCreatedAfter=2026-01-31T21:25:57.561794605Z")]
    [InlineData("DateCreatedBefore=2036-01-31T21:25:57.123456789012%2B02:00")]
    [InlineData("PageSize=5000")]
    public async Task What_the_SDKs_write_of_a_filter_is_understood(string filter) => (await server.Api.GetAsync($"/v2/Attempts?{filter}")).AssertStatus(200);

    Task<Answer> ListedAsync(string verification) => UntilAsync(server.Api, $"/v2/Attempts?VerificationSid={verification}", 1);

    /// <summary>What became of a message is kept a moment after the phone has it.</summary>
    static async Task<Answer> UntilAsync(ApiClient api, string path, int count)
    {
        for (var tries = 0; tries < 90; tries++)
        {
            var answer = (await api.GetAsync(path)).AssertStatus(200);
            if (answer.At("attempts").GetArrayLength() == count)
            {
                return answer;
            }

            // On a busy machine a look takes less than the store does to keep it.
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        throw new TimeoutException($"There are never {count} attempts.");
    }
}
