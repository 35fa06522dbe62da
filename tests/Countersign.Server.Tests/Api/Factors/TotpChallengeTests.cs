using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api.Factors;

public sealed class TotpChallengeTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_right_code_approves_at_once_and_is_good_once()
    {
        var app = await TotpApp.VerifiedAsync(server, "at-once-0001");
        var path = Challenges("at-once-0001");

        var approved = (await server.Api.PostAsync(path, ("FactorSid", app.Sid), ("AuthPayload", app.Code()))).AssertStatus(201);

        Assert.Equal(
            ["sid", "account_sid", "service_sid", "entity_sid", "identity", "factor_sid", "date_created", "date_updated", "date_responded", "expiration_date", "status", "responded_reason", "details", "hidden_details", "metadata", "factor_type", "url", "links"],
            approved.NamesAt(""));
        Assert.Equal(("approved", "totp", "2026-03-01T12:05:00Z"), (approved.Text("status"), approved.Text("factor_type"), approved.Text("expiration_date")));
        Assert.Equal(approved.Text("url") + "/Notifications", approved.Text("links.notifications"));
        Assert.Equal("pending", (await server.Api.PostAsync(path, ("FactorSid", app.Sid), ("AuthPayload", app.Code()))).AssertStatus(201).Text("status"));
        Assert.Equal("pending", (await server.Api.PostAsync(path, ("FactorSid", app.Sid), ("AuthPayload", app.Code(-1)))).AssertStatus(201).Text("status"));
        Assert.Equal("approved", (await server.Api.PostAsync(path, ("FactorSid", app.Sid), ("AuthPayload", app.Code(1)))).AssertStatus(201).Text("status"));
    }

    [Fact]
    public async Task An_open_challenge_takes_wrong_codes_and_then_the_right_one_and_none_after()
    {
        var app = await TotpApp.VerifiedAsync(server, "open-one-0001");
        var made = (await server.Api.PostAsync(Challenges("open-one-0001"), ("FactorSid", app.Sid), ("Details.Message", "Sign in?"), ("HiddenDetails", """{"ip":"192.0.2.7"}"""))).AssertStatus(201);
        var path = $"{Challenges("open-one-0001")}/{made.Text("sid")}";

        Assert.Equal(("pending", true, "Sign in?", "192.0.2.7"), (made.Text("status"), made.IsNull("date_responded"), made.Text("details.message"), made.Text("hidden_details.ip")));
        var wrong = (await server.Api.PostAsync(path, ("AuthPayload", app.Wrong()))).AssertStatus(200);
        Assert.Equal(("pending", true), (wrong.Text("status"), wrong.IsNull("date_responded")));
        var right = (await server.Api.PostAsync(path, ("AuthPayload", app.Code()), ("Metadata", """{"os":"Owl OS"}"""))).AssertStatus(200);
        Assert.Equal(("approved", "Owl OS", "2026-03-01T12:00:00Z"), (right.Text("status"), right.Text("metadata.os"), right.Text("date_responded")));
        Assert.Equal(right.Body, (await server.Api.GetAsync(path)).AssertStatus(200).Body);
        Assert.False((await server.Api.GetAsync(path)).Headers.ContainsKey("Twilio-Verify-Signature-Fields"));
        Assert.Equal("approved", (await server.Api.PostAsync(path, ("AuthPayload", app.Code(1)))).AssertError(403, 60322, "challenge_answered").Text("details.challenge_status"));
    }

    [Fact]
    public async Task Metadata_alone_are_kept_and_leave_the_challenge_pending()
    {
        var app = await TotpApp.VerifiedAsync(server, "metadata-0001");
        var path = await OpenAsync(app, "metadata-0001");

        var told = (await server.Api.PostAsync(path, ("Metadata", """{"os":"Owl OS"}"""))).AssertStatus(200);
        (await server.Api.PostAsync(path)).AssertError(400, 60306, "missing");
        var right = (await server.Api.PostAsync(path, ("AuthPayload", app.Code()))).AssertStatus(200);

        Assert.Equal(("pending", "Owl OS"), (told.Text("status"), told.Text("metadata.os")));
        Assert.Equal(("approved", "Owl OS"), (right.Text("status"), right.Text("metadata.os")));
        (await server.Api.PostAsync(path, ("Metadata", """{"os":"Cat OS"}"""))).AssertError(403, 60322, "challenge_answered");
    }

    [Fact]
    public async Task The_sixth_code_is_a_60308_and_also_the_right_one_then()
    {
        var app = await TotpApp.VerifiedAsync(server, "six-codes-0001");
        var path = await OpenAsync(app, "six-codes-0001");

        for (var tries = 0; tries < 5; tries++)
            Assert.Equal("pending", (await server.Api.PostAsync(path, ("AuthPayload", app.Wrong()))).AssertStatus(200).Text("status"));

        (await server.Api.PostAsync(path, ("AuthPayload", app.Wrong()))).AssertError(429, 60308, "max_challenge_checks");
        (await server.Api.PostAsync(path, ("AuthPayload", app.Code()))).AssertError(429, 60308, "max_challenge_checks");
    }

    [Fact]
    public async Task Of_many_wrong_codes_at_once_five_are_compared()
    {
        var app = await TotpApp.VerifiedAsync(server, "many-wrong-001");
        var path = await OpenAsync(app, "many-wrong-001");

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => server.Api.PostAsync(path, ("AuthPayload", app.Wrong()))));

        Assert.Equal(5, answers.Count(answer => answer.Status == 200));
        Assert.All(answers.Where(answer => answer.Status != 200), answer => answer.AssertError(429, 60308, "max_challenge_checks"));
    }

    [Fact]
    public async Task One_code_at_many_challenges_at_once_approves_one()
    {
        var app = await TotpApp.VerifiedAsync(server, "one-code-00001");
        var paths = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => OpenAsync(app, "one-code-00001")));

        var answers = await Task.WhenAll(paths.Select(path => server.Api.PostAsync(path, ("AuthPayload", app.Code()))));

        Assert.All(answers, answer => answer.AssertStatus(200));
        Assert.Single(answers, answer => answer.Text("status") == "approved");
    }

    [Fact]
    public async Task A_challenge_lives_five_minutes_or_as_long_as_is_said()
    {
        await using var own = await RunningServer.StartAsync([]);
        var app = await TotpApp.VerifiedAsync(own, "lifetimes-0001");
        var path = Challenges("lifetimes-0001");
        var usual = (await own.Api.PostAsync(path, ("FactorSid", app.Sid))).AssertStatus(201);
        var longer = (await own.Api.PostAsync(path, ("FactorSid", app.Sid), ("ExpirationDate", "2026-03-01T13:00:00Z"))).AssertStatus(201);
        foreach (var end in new[] { "2026-03-01T13:00:01Z", "2026-03-01T12:00:00Z", "2020-01-01" })
            (await own.Api.PostAsync(path, ("FactorSid", app.Sid), ("ExpirationDate", end))).AssertError(400, 60306, "out_of_range");
        (await own.Api.PostAsync(path, ("FactorSid", app.Sid), ("ExpirationDate", "soon"))).AssertError(400, 60306, "not_a_moment");

        own.Clock.Advance(TimeSpan.FromMinutes(5));

        (await own.Api.PostAsync($"{path}/{usual.Text("sid")}", ("AuthPayload", app.Code()))).AssertError(403, 60323, "challenge_expired");
        Assert.Equal("expired", (await own.Api.GetAsync($"{path}/{usual.Text("sid")}")).Text("status"));
        Assert.Equal("approved", (await own.Api.PostAsync($"{path}/{longer.Text("sid")}", ("AuthPayload", app.Code()))).AssertStatus(200).Text("status"));
    }

    [Theory]
    [InlineData(3, 10, 86_400)]
    [InlineData(4, 10, 86_400)]
    [InlineData(5, 50, 3_600)]
    public async Task A_factor_has_so_many_challenges_and_fewer_where_codes_are_short(int digits, int most, int wait)
    {
        var app = await TotpApp.VerifiedAsync(server, $"so-many-of-{digits}", ("Config.CodeLength", $"{digits}"));

        var answers = await Task.WhenAll(Enumerable.Range(0, most + 5).Select(_ => server.Api.PostAsync(Challenges($"so-many-of-{digits}"), ("FactorSid", app.Sid))));

        Assert.Equal(most, answers.Count(answer => answer.Status == 201));
        Assert.All(answers.Where(answer => answer.Status != 201), answer => answer.AssertError(429, 60312, "max_challenges").AssertRetryIn(wait));
    }

    [Fact]
    public async Task A_hundred_wrong_codes_in_a_row_close_the_factor_over_all_challenges()
    {
        await using var own = await RunningServer.StartAsync([]);
        var app = await TotpApp.VerifiedAsync(own, "guessed-at-0001");
        for (var guesses = 0; guesses < 100; guesses += 5)
        {
            var path = await OpenAsync(app, "guessed-at-0001", own);
            for (var tries = 0; tries < 5; tries++)
                (await own.Api.PostAsync(path, ("AuthPayload", app.Wrong()))).AssertStatus(200);
        }

        (await own.Api.PostAsync(Challenges("guessed-at-0001"), ("FactorSid", app.Sid), ("AuthPayload", app.Code()))).AssertError(429, 60312, "factor_locked");
    }

    [Fact]
    public async Task A_right_code_forgets_wrong_ones_that_came_before()
    {
        await using var own = await RunningServer.StartAsync([]);
        var app = await TotpApp.VerifiedAsync(own, "mistyped-0001");
        for (var guesses = 0; guesses < 240; guesses += 4)
        {
            own.Clock.Advance(TimeSpan.FromMinutes(2));
            var path = await OpenAsync(app, "mistyped-0001", own);
            for (var tries = 0; tries < 4; tries++)
                (await own.Api.PostAsync(path, ("AuthPayload", app.Wrong()))).AssertStatus(200);
            Assert.Equal("approved", (await own.Api.PostAsync(path, ("AuthPayload", app.Code()))).AssertStatus(200).Text("status"));
        }
    }

    [Fact]
    public async Task A_factor_of_somebody_else_or_that_is_not_verified_is_not_challenged()
    {
        var (ann, bob) = (await TotpApp.VerifiedAsync(server, "ann-0000001"), await TotpApp.VerifiedAsync(server, "bob-0000001"));
        var unverified = await TotpApp.NewAsync(server, "ann-0000001");
        var open = await OpenAsync(ann, "ann-0000001");

        (await server.Api.PostAsync(Challenges("ann-0000001"), ("FactorSid", bob.Sid))).AssertError(404, 20404, "not_found");
        (await server.Api.PostAsync(Challenges("ann-0000001"), ("FactorSid", unverified.Sid))).AssertError(403, 60318, "factor_unverified");
        (await server.Api.PostAsync(Challenges("bob-0000001") + open[open.LastIndexOf('/')..], ("AuthPayload", ann.Code()))).AssertError(404, 20404, "not_found");
        Assert.Equal("pending", (await server.Api.PostAsync(open, ("AuthPayload", bob.Code()))).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task An_open_challenge_of_a_factor_that_is_gone_is_not_answered()
    {
        var app = await TotpApp.VerifiedAsync(server, "gone-factor-1");
        var open = await OpenAsync(app, "gone-factor-1");

        (await server.Api.DeleteAsync(app.Path)).AssertStatus(204);

        (await server.Api.PostAsync(open, ("AuthPayload", app.Code()))).AssertError(404, 20404, "not_found");
        Assert.Equal("pending", (await server.Api.GetAsync(open)).AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task Challenges_are_listed_oldest_first_by_factor_status_and_page()
    {
        await using var own = await RunningServer.StartAsync([]);
        var app = await TotpApp.VerifiedAsync(own, "listed-00001");
        var other = await TotpApp.VerifiedAsync(own, "listed-00001");
        var path = Challenges("listed-00001");
        var sids = new List<string>();
        for (var number = 0; number < 3; number++)
            sids.Add((await own.Api.PostAsync(path, ("FactorSid", app.Sid))).AssertStatus(201).Text("sid")!);
        own.Clock.Advance(TimeSpan.FromMinutes(5));
        sids.Add((await own.Api.PostAsync(path, ("FactorSid", other.Sid), ("AuthPayload", other.Code()))).AssertStatus(201).Text("sid")!);
        sids.Add((await own.Api.PostAsync(path, ("FactorSid", other.Sid))).AssertStatus(201).Text("sid")!);

        async Task<string[]> ListAsync(string query)
        {
            var all = new List<string>();
            for (var next = path + query; next is not null;)
            {
                var list = (await own.Api.GetAsync(next)).AssertStatus(200);
                Assert.Equal(["challenges", "meta"], list.NamesAt(""));
                all.AddRange(list.At("challenges").EnumerateArray().Select(challenge => challenge.GetProperty("sid").GetString()!));
                next = list.Text("meta.next_page_url") is { } url ? new Uri(url).PathAndQuery : null;
            }

            return [.. all];
        }

        Assert.Equal(sids, await ListAsync("?PageSize=2"));
        Assert.Equal(sids.AsEnumerable().Reverse(), await ListAsync("?PageSize=2&Order=desc"));
        Assert.Equal(sids[..3], await ListAsync($"?PageSize=2&FactorSid={app.Sid}"));
        Assert.Equal(sids[..3], await ListAsync("?PageSize=1&Status=expired&Order=asc"));
        Assert.Equal([sids[3]], await ListAsync("?Status=approved"));
        Assert.Equal([sids[4]], await ListAsync($"?Status=pending&FactorSid={other.Sid}"));
        Assert.Empty(await ListAsync("?Status=denied"));
        foreach (var query in new[] { "?Status=open", "?Order=up", "?FactorSid=YF1", "?PageSize=0" })
            Assert.Equal(60306, (await own.Api.GetAsync(path + query)).AssertStatus(400).Number("code"));
    }

    [Fact]
    public async Task After_a_code_an_older_one_is_not_taken_any_more()
    {
        await using var own = await RunningServer.StartAsync([]);
        var app = await TotpApp.VerifiedAsync(own, "put-back-0001");
        var (path, code) = (Challenges("put-back-0001"), app.Code(1));
        Assert.Equal("approved", (await own.Api.PostAsync(path, ("FactorSid", app.Sid), ("AuthPayload", code))).AssertStatus(201).Text("status"));

        own.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("pending", (await own.Api.PostAsync(path, ("FactorSid", app.Sid), ("AuthPayload", code))).AssertStatus(201).Text("status"));
        Assert.Equal("approved", (await own.Api.PostAsync(path, ("FactorSid", app.Sid), ("AuthPayload", app.Code(1)))).AssertStatus(201).Text("status"));
    }

    static string Challenges(string identity) => $"{RunningServer.ServicePath}/Entities/{identity}/Challenges";

    async Task<string> OpenAsync(TotpApp app, string identity, RunningServer? of = null) =>
        $"{Challenges(identity)}/{(await (of ?? server).Api.PostAsync(Challenges(identity), ("FactorSid", app.Sid))).AssertStatus(201).Text("sid")}";
}
