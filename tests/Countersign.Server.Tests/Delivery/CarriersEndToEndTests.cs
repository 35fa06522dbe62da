using System.Net;
using Countersign.Adapters.Tests.Carriers;
using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Delivery;

/// <summary>From a start over HTTP through carriers on real sockets to what the admin API tells of it.</summary>
public sealed class CarriersEndToEndTests : IAsyncLifetime
{
    Wired _wired = null!;

    public async ValueTask InitializeAsync() => _wired = await Wired.StartAsync();

    public ValueTask DisposeAsync() => _wired.DisposeAsync();

    [Fact]
    public async Task A_message_goes_through_the_carrier_and_its_signed_receipt_is_told()
    {
        var peer = await _wired.AddTwilioAsync("acme", Wired.Taken(1));
        var started = await _wired.StartAsync(Wired.NewNumber());
        var attempt = Wired.AttemptOf(started);

        var sent = await _wired.AttemptAsync(attempt);
        Assert.Equal(("sent", "acme", $"SM{1:D32}"), (sent.Text("status"), sent.Text("carrier"), sent.Text("carrier_message_id")));
        Assert.NotEqual("", sent.At("tries")[0].GetProperty("why_this_carrier").GetString());

        Assert.Equal(204, await _wired.CallBackAsync("acme", attempt, $"MessageSid=SM{1:D32}&MessageStatus=delivered"));
        Assert.Equal("delivered", (await _wired.AttemptAsync(attempt)).Text("status"));

        var code = WebUtility.UrlDecode(peer.Request.Body).Split("code is: ")[1][..6];
        var check = await _wired.Server.Api.PostAsync(RunningServer.ServicePath + "/VerificationCheck", ("To", started.Text("to")!), ("Code", code));
        Assert.Equal("approved", check.AssertStatus(200).Text("status"));
    }

    [Fact]
    public async Task A_carrier_that_is_down_is_passed_over_within_the_same_attempt()
    {
        var down = await _wired.AddTwilioAsync("down", Wired.Refused(503, 20503));
        var up = await _wired.AddTwilioAsync("up", Wired.Taken(2));

        var attempt = await _wired.AttemptAsync(Wired.AttemptOf(await _wired.StartAsync(Wired.NewNumber())));

        Assert.Equal(("sent", "up"), (attempt.Text("status"), attempt.Text("carrier")));
        Assert.Equal(["carrier_fault", null], attempt.At("tries").EnumerateArray().Select(tried => tried.GetProperty("error").GetString()));
        Assert.Single(down.Requests);
        Assert.Single(up.Requests);
    }

    [Fact]
    public async Task A_call_that_waits_for_a_key_passes_over_a_carrier_that_cannot_ask_for_it_and_fails_at_once_where_there_is_no_other()
    {
        await using var blind = new CarrierPeer(CarrierPeer.Json(200, "{}"));
        await using var told = new CarrierPeer(CarrierPeer.Json(200, "{}"));
        (await _wired.PutAsync("blind", $$$"""{"kind":"http","settings":{"channel":"call","url":"{{{blind.Address}}}","body":"{\"x\":\"{code}\"}"}}""")).AssertStatus(201);

        var alone = await _wired.AttemptAsync(Wired.AttemptOf(await _wired.StartAsync(Wired.NewNumber(), "call")));
        (await _wired.PutAsync("told", $$$"""{"kind":"http","settings":{"channel":"call","url":"{{{told.Address}}}","body":"{\"x\":\"{code}\",\"gate\":{dtmf_input_required}}"}}""")).AssertStatus(201);
        var another = await _wired.AttemptAsync(Wired.AttemptOf(await _wired.StartAsync(Wired.NewNumber(), "call")));

        Assert.Equal(("failed", "key_press_unavailable", "no_dtmf_input_required"), (alone.Text("status"), alone.Text("error"), alone.Text("carrier_code")));
        Assert.Single(alone.At("tries").EnumerateArray().ToList());
        Assert.Equal(("sent", "told"), (another.Text("status"), another.Text("carrier")));
        Assert.Empty(blind.Requests);
        Assert.Contains("\"gate\":true", told.Request.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_by_twilio_that_waits_for_a_key_fails_at_once_without_a_public_address()
    {
        await using var hidden = await RunningServer.StartAsync([]);
        await using var peer = new CarrierPeer(Wired.Taken(1));
        (await hidden.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/carriers/calls", $$$"""
            {"kind":"twilio-voice","settings":{"account_sid":"{{{Wired.TwilioAccount}}}","auth_token":"{{{Wired.TwilioToken}}}","from":"+14155550199","base_url":"{{{peer.Address}}}"}}
            """)).AssertStatus(201);
        var started = (await hidden.Api.PostAsync($"{RunningServer.ServicePath}/Verifications", ("To", Wired.NewNumber()), ("Channel", "call"))).AssertStatus(201);

        var line = await hidden.Logs.WaitForAsync(line => line.EventId == 2103);
        var given = await hidden.Logs.WaitForAsync(line => line.EventId == 2119);

        Assert.Contains("key_press_unavailable no_callback_address", line.Text, StringComparison.Ordinal);
        Assert.Contains(Wired.AttemptOf(started), given.Text, StringComparison.Ordinal);
        Assert.Empty(peer.Requests);
    }

    [Theory]
    [InlineData("AAAA")]
    [InlineData("")]
    public async Task A_forged_callback_is_refused_counted_and_changes_nothing(string signature)
    {
        await _wired.AddTwilioAsync("acme", Wired.Taken(3));
        var attempt = Wired.AttemptOf(await _wired.StartAsync(Wired.NewNumber()));
        await _wired.AttemptAsync(attempt);

        Assert.Equal(403, await _wired.CallBackAsync("acme", attempt, "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003", signature));

        Assert.Equal("sent", (await _wired.AttemptAsync(attempt)).Text("status"));
        Assert.Contains("countersign_callbacks_refused", (await _wired.Server.Api.GetAsync("/metrics")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_callback_that_proves_nothing_does_not_learn_which_accounts_and_carriers_there_are()
    {
        await _wired.AddTwilioAsync("acme", Wired.Taken(4));
        (string Carrier, string Account, string Place)[] places =
        [
            ("acme", RunningServer.AccountSid, "/status"), ("acme", RunningServer.AccountSid, "/no-such-place"), ("nobody", RunningServer.AccountSid, "/status"),
            ("sandbox", RunningServer.AccountSid, ""), ("acme", "ACdddddddddddddddddddddddddddddddd", "/status"), ("acme", "nobody", "/status"),
        ];

        var answers = new HashSet<string>();
        foreach (var method in new[] { "GET", "POST", "PUT" })
        {
            foreach (var (carrier, account, place) in places)
            {
                var answer = await RawConnection.AskAsync(
                    _wired.Server.Address, $"{method} /callbacks/{carrier}/{account}{place} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                answers.Add(answer!.AssertError(403, 20403, "not_authentic").Body);
            }
        }

        Assert.Single(answers);
        Assert.Contains(_wired.Server.Logs.Lines, line => line.Text.Contains("was refused:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(299)]
    [InlineData(2_000)]
    public async Task A_batch_of_receipts_as_meta_sends_it_after_an_outage_is_taken(int more)
    {
        var peer = await _wired.AddWhatsAppAsync("meta");
        var attempt = Wired.AttemptOf(await _wired.StartAsync(Wired.NewNumber(), "whatsapp"));
        await _wired.AttemptAsync(attempt);
        Assert.Single(peer.Requests);

        var others = string.Concat(Enumerable.Range(0, more).Select(i => $$"""{"id":"wamid.{{i:D250}}","status":"sent","timestamp":"1795435200"},"""));
        var body = $$$"""{"entry":[{"changes":[{"value":{"statuses":[{{{others}}}{"id":"wamid.X","status":"delivered","timestamp":"1795435200","biz_opaque_callback_data":"{{{attempt}}}"}]}}]}]}""";
        Assert.True(body.Length > 64 * 1024);

        Assert.Equal(204, await _wired.CallBackAsWhatsAppAsync("meta", body));
        Assert.Equal("delivered", (await _wired.AttemptAsync(attempt, answer => answer.Text("status") != "sent")).Text("status"));
    }

    [Fact]
    public async Task A_callback_that_is_too_large_is_answered_as_any_that_proves_nothing_and_logged()
    {
        await _wired.AddTwilioAsync("acme", Wired.Taken(5));
        await _wired.AddWhatsAppAsync("meta");

        var answers = new HashSet<string>();
        foreach (var (carrier, length, body) in ((string, int, string)[])
            [
                ("acme", 65_537, new string('x', 65_537)), ("meta", 65_537, new string('x', 65_537)), ("nobody", 65_537, new string('x', 65_537)), ("nobody", 1, "x"),
                ("acme", 3_145_728, new string('x', 3_145_728)), ("nobody", 3_145_728, new string('x', 3_145_728)), ("meta", 3_145_729, ""), ("acme", 3_145_729, ""), ("nobody", 3_145_729, ""),
            ])
        {
            var answer = await RawConnection.AskAsync(
                _wired.Server.Address,
                $"POST /callbacks/{carrier}/{RunningServer.AccountSid} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            answers.Add(answer!.AssertError(403, 20403, "not_authentic").Body);
        }

        Assert.Single(answers);
        Assert.Contains(_wired.Server.Logs.Lines, line => line.Text.Contains("A callback for acme was refused: too_large", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nor_does_one_learn_which_carriers_there_are_that_sends_the_head_and_waits()
    {
        await _wired.AddTwilioAsync("acme", Wired.Taken(5));
        await _wired.AddWhatsAppAsync("meta");

        foreach (var carrier in (string[])["acme", "meta", "nobody"])
        {
            using var waiting = await RawConnection.HoldAsync(
                _wired.Server.Address, $"POST /callbacks/{carrier}/{RunningServer.AccountSid} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n");
        }
    }

    [Fact]
    public async Task A_failure_receipt_moves_the_verification_to_the_next_channel()
    {
        await _wired.AddTwilioAsync("acme", Wired.Taken(5));
        await _wired.PutAsync("chat", """{"kind":"http","settings":{"channel":"whatsapp","url":"http://127.0.0.1:9/","body":"{\"x\":\"{text}\"}","id_json":"id"}}""");
        var started = await _wired.StartAsync(Wired.NewNumber(), "sms", ("Fallback", """[{"channel":"sms","wait":600},{"channel":"whatsapp"}]"""));
        Assert.Equal(["sms", "whatsapp"], started.At("countersign.channels").EnumerateArray().Select(channel => channel.GetString()));
        await _wired.AttemptAsync(Wired.AttemptOf(started));

        Assert.Equal(204, await _wired.CallBackAsync("acme", Wired.AttemptOf(started), "MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003"));

        var moved = await _wired.Server.Api.GetAsync($"{RunningServer.ServicePath}/Verifications/{started.Text("sid")}");
        Assert.Equal("whatsapp", moved.Text("channel"));
        var sms = await _wired.AttemptAsync(Wired.AttemptOf(started));
        Assert.Equal(("undelivered", "unreachable", "30003"), (sms.Text("status"), sms.Text("error"), sms.Text("carrier_code")));

        // By the same name wherever somebody looks for it.
        Assert.Matches("""countersign_receipts_total\{[^}]*error="unreachable"[^}]*\} 1""", (await _wired.Server.Api.GetAsync("/metrics")).Body);
    }

    [Fact]
    public async Task Once_a_carrier_is_set_up_a_channel_that_it_does_not_serve_is_closed()
    {
        await _wired.AddTwilioAsync("acme", Wired.Taken(6));

        var answer = await _wired.Server.Api.PostAsync(RunningServer.ServicePath + "/Verifications", ("To", Wired.NewNumber()), ("Channel", "call"));

        answer.AssertError(400, 60223, "channel_disabled");
        Assert.Equal(["sms"], answer.At("details.channels").EnumerateArray().Select(channel => channel.GetString()));
    }

    [Fact]
    public async Task A_route_decides_for_its_country_only_and_says_so()
    {
        await _wired.AddTwilioAsync("first", Wired.Taken(7));
        await _wired.AddTwilioAsync("second", Wired.Taken(8));
        (await _wired.Server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/routes/sweden", """{"channel":"sms","country":"SE","carriers":[{"name":"second"},{"name":"first"}]}""")).AssertStatus(201);

        var attempt = await _wired.AttemptAsync(Wired.AttemptOf(await _wired.StartAsync(Wired.NewNumber())));

        Assert.Equal(("second", "sweden"), (attempt.Text("carrier"), attempt.Text("route")));
        var plan = await _wired.Server.Api.GetAsync("/admin/v1/route-plan?to=%2B15017122661");
        Assert.True(plan.IsNull("route"));
        Assert.Equal(["first", "second"], plan.At("choices").EnumerateArray().Select(choice => choice.GetProperty("carrier").GetString()));
    }

    [Fact]
    public async Task A_channel_that_a_route_closes_is_refused_with_where_to_look_for_the_route()
    {
        await _wired.AddTwilioAsync("acme", Wired.Taken(10));
        await _wired.AddTwilioAsync("off", Wired.Taken(11));
        await _wired.AddWhatsAppAsync("meta");
        (await _wired.PutAsync("off", """{"enabled":false}""")).AssertStatus(200);
        (await _wired.Server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/routes/sweden", """{"channel":"sms","country":"SE","carriers":[{"name":"off"}]}""")).AssertStatus(201);

        var refused = await _wired.Server.Api.PostAsync(RunningServer.ServicePath + "/Verifications", ("To", Wired.NewNumber()), ("Channel", "sms"));

        refused.AssertError(400, 60223, "channel_disabled");
        Assert.Equal(["whatsapp"], refused.At("details.channels").EnumerateArray().Select(channel => channel.GetString()));
        Assert.Contains("whether a route closes it", refused.Text("details.explanation"), StringComparison.Ordinal);
        Assert.Contains("GET /admin/v1/route-plan?to=…&channel=sms", refused.Text("details.explanation"), StringComparison.Ordinal);
        var plan = (await _wired.Server.Api.GetAsync("/admin/v1/route-plan?to=%2B46701740605&channel=sms")).AssertStatus(200);
        Assert.Equal(("sweden", 0), (plan.Text("route"), plan.At("choices").GetArrayLength()));
    }

    [Fact]
    public async Task A_plan_can_be_asked_for_of_a_mailbox()
    {
        await _wired.AddTwilioAsync("acme", Wired.Taken(12));
        foreach (var name in (string[])["first", "second"])
            (await _wired.PutAsync(name, """{"kind":"smtp","settings":{"host":"mail.example","from_address":"codes@example.com"}}""")).AssertStatus(201);

        (await _wired.Server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/routes/mails", """{"channel":"email","carriers":[{"name":"second"},{"name":"first"}]}""")).AssertStatus(201);

        var plan = (await _wired.Server.Api.GetAsync("/admin/v1/route-plan?to=ann%40acme.dev&channel=email")).AssertStatus(200);

        Assert.Equal("mails", plan.Text("route"));
        Assert.Equal(["second", "first"], plan.At("choices").EnumerateArray().Select(choice => choice.GetProperty("carrier").GetString()));
        Assert.DoesNotContain("acme.dev", plan.Body, StringComparison.Ordinal);
        (await _wired.Server.Api.GetAsync("/admin/v1/route-plan?to=%2B46701740605&channel=email")).AssertInvalid("to", "no_at_sign");
        (await _wired.Server.Api.GetAsync("/admin/v1/route-plan?to=ann%40acme.dev&channel=sms")).AssertInvalid("to", "invalid_characters");
        (await _wired.Server.Api.GetAsync("/admin/v1/route-plan?to=ann%40acme.dev&channel=letter")).AssertInvalid("channel", "not_a_choice");
    }

    [Fact]
    public async Task A_carrier_says_why_it_is_left_alone_until_it_works_again_and_a_look_at_the_plan_leaves_the_probe_to_a_message()
    {
        await _wired.AddTwilioAsync("down", [.. Enumerable.Repeat(Wired.Refused(503, 20503), 5), Wired.Taken(3)]);
        await _wired.AddTwilioAsync("up", Wired.Taken(2));
        for (var i = 0; i < 5; i++)
            await _wired.AttemptAsync(Wired.AttemptOf(await _wired.StartAsync(Wired.NewNumber())));

        Assert.Equal("it did not take the last messages (carrier_fault, the carrier's code: 20503)", (await CarrierAsync("down")).Text("paused_because"));
        var metrics = (await _wired.Server.Api.GetAsync("/metrics")).Body;
        Assert.Matches("""countersign_carriers_paused\{[^}]*carrier="down",reason="refusing"\} 1\D""", metrics);
        Assert.Matches("""countersign_carriers_paused\{[^}]*carrier="up",reason="refusing"\} 0\D""", metrics);
        Assert.Matches("""countersign_tries_total\{[^}]*carrier="down",outcome="carrier_down"\} 5\D""", metrics);
        _wired.Server.Clock.Advance(TimeSpan.FromSeconds(20));
        for (var i = 0; i < 3; i++)
            (await _wired.Server.Api.GetAsync("/admin/v1/route-plan?to=%2B15017122661")).AssertStatus(200);
        Assert.Equal("it did not take the last messages (carrier_fault, the carrier's code: 20503)", (await CarrierAsync("down")).Text("paused_because"));

        var probe = await _wired.AttemptAsync(Wired.AttemptOf(await _wired.StartAsync(Wired.NewNumber())));
        var after = await CarrierAsync("down");

        Assert.Equal("down", probe.Text("carrier"));
        Assert.True(after.IsNull("paused_because"));
        Assert.Equal("{}", after.At("paused_in").GetRawText());

        async Task<Answer> CarrierAsync(string name) => await _wired.Server.Api.GetAsync("/admin/v1/carriers/" + name);
    }

    /// <summary>A route that gives no cost goes by the carriers' own prices, and the plan says what the message will do.</summary>
    [Fact]
    public async Task A_plan_goes_by_the_prices_that_messages_go_by()
    {
        await _wired.AddTwilioAsync("dear", Wired.Taken(7));
        await _wired.AddTwilioAsync("cheap", Wired.Taken(8));
        (await _wired.Server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/carriers/dear", """{"prices":{"*":0.09}}""")).AssertStatus(200);
        (await _wired.Server.Api.SendJsonAsync(HttpMethod.Put, "/admin/v1/carriers/cheap", """{"prices":{"US":0.0123,"*":0.5}}""")).AssertStatus(200);
        (await _wired.Server.Api.SendJsonAsync(
            HttpMethod.Put, "/admin/v1/routes/all", """{"channel":"sms","strategy":"adaptive","exploration":0,"carriers":[{"name":"dear"},{"name":"cheap"}]}""")).AssertStatus(201);

        var plan = await _wired.Server.Api.GetAsync("/admin/v1/route-plan?to=%2B15017122661");

        var why = plan.At("choices").EnumerateArray().ToDictionary(choice => choice.GetProperty("carrier").GetString()!, choice => choice.GetProperty("why_this_carrier").GetString()!);
        Assert.Contains("cost 0.09", why["dear"], StringComparison.Ordinal);
        Assert.Contains("cost 0.0123", why["cheap"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_call_tries_every_carrier_and_keeps_what_came_of_it()
    {
        await _wired.AddTwilioAsync("good", Wired.Taken(9));
        await _wired.AddTwilioAsync("bad", Wired.Refused(401, 20003));

        var run = (await _wired.Server.Api.SendJsonAsync(HttpMethod.Post, "/admin/v1/tries", $$"""{"to":"{{Wired.NewNumber()}}"}""")).AssertStatus(201);

        var results = run.At("results").EnumerateArray().ToDictionary(result => result.GetProperty("carrier").GetString()!);
        Assert.True(results["good"].GetProperty("accepted").GetBoolean());
        Assert.Equal("authentication", results["bad"].GetProperty("error").GetString());
        await _wired.CallBackAsync("good", results["good"].GetProperty("attempt_sid").GetString()!, "MessageSid=SM9&MessageStatus=delivered");
        var later = await _wired.Server.Api.GetAsync($"/admin/v1/tries/{run.Text("sid")}");
        Assert.Equal("delivered", later.At("results")[0].GetProperty("status").GetString());
        Assert.DoesNotContain("70174", later.Text("to")!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_try_honours_block_list_and_geo_permissions_and_an_account_has_thirty_in_an_hour()
    {
        await _wired.AddTwilioAsync("good", Enumerable.Range(1, 30).Select(Wired.Taken));
        var api = _wired.Server.Api;
        var blocked = Wired.NewNumber();
        (await api.PostJsonAsync("/admin/v1/block-list", $$"""{"numbers":["{{blocked}}"]}""")).AssertStatus(200);

        (await TryAsync(blocked)).AssertError(403, 60410, "block_list");
        (await api.SendJsonAsync(HttpMethod.Put, "/admin/v1/geo-permissions/SE", """{"sms":"deny"}""")).AssertStatus(200);
        (await TryAsync(Wired.NewNumber())).AssertError(403, 60605, "country_denied");
        (await api.SendJsonAsync(HttpMethod.Put, "/admin/v1/geo-permissions/SE", """{"sms":"allow"}""")).AssertStatus(200);
        for (var i = 0; i < 30; i++)
            (await TryAsync(Wired.NewNumber())).AssertStatus(201);
        var refused = await TryAsync(Wired.NewNumber());

        refused.AssertError(429, 20429, "call_limit");
        Assert.Equal((30, 3600), (refused.Number("details.max"), refused.Number("details.interval")));

        Task<Answer> TryAsync(string to) => api.PostJsonAsync("/admin/v1/tries", $$"""{"to":"{{to}}"}""");
    }
}
