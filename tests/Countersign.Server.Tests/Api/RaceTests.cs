using Countersign.Server.Tests.Running;

namespace Countersign.Server.Tests.Api;

/// <summary>Many requests at once about one number, over real sockets and on the real store: the counts are exact, whoever comes first.</summary>
public sealed class RaceTests(RunningServer server) : IClassFixture<RunningServer>
{
    const int Many = 64;

    [Fact]
    public async Task Of_64_wrong_guesses_at_once_five_are_compared()
    {
        var (number, code) = await StartAsync();

        var answers = await AtOnceAsync(Many, _ => server.Api.CheckAsync(number, RunningServer.Wrong(code)));

        var compared = answers.Where(answer => answer.Status == 200).ToArray();
        Assert.Equal(5, compared.Length);
        Assert.Equal([0, 1, 2, 3, 4], compared.Select(answer => answer.Number("countersign.checks_left")).Order());
        Assert.All(answers.Except(compared), answer => answer.AssertError(429, 60202, "max_check_attempts"));
        (await server.Api.CheckAsync(number, code)).AssertError(429, 60202, "max_check_attempts");
    }

    [Fact]
    public async Task Of_64_right_guesses_at_once_one_is_approved()
    {
        var (number, code) = await StartAsync();

        var answers = await AtOnceAsync(Many, _ => server.Api.CheckAsync(number, code));

        var approved = Assert.Single(answers, answer => answer.Status == 200);
        Assert.Equal("approved", approved.Text("status"));
        Assert.All(answers.Where(answer => answer != approved), answer => answer.AssertError(404, 20404, "approved"));
    }

    [Fact]
    public async Task Of_right_and_wrong_guesses_at_once_one_is_approved_after_four_wrong_ones_at_most()
    {
        for (var round = 0; round < 5; round++)
        {
            var (number, code) = await StartAsync();

            var answers = await AtOnceAsync(Many, i => server.Api.CheckAsync(number, i % 4 == 0 ? code : RunningServer.Wrong(code)));

            var compared = answers.Where(answer => answer.Status == 200).ToArray();
            var approved = compared.Count(answer => answer.Text("status") == "approved");
            Assert.InRange(compared.Length, 1, 5);
            Assert.Equal(compared.Any(answer => answer.Text("status") == "max_attempts_reached") ? 0 : 1, approved);
            Assert.All(answers.Except(compared), answer => Assert.True(
                approved == 1 ? answer.Status == 404 && answer.Text("details.reason") == "approved" : answer.Status == 429 && answer.Number("code") == 60202, answer.Body));
        }
    }

    [Fact]
    public async Task Of_32_starts_at_once_five_are_sent_and_all_belong_to_one_verification()
    {
        // Limits that count what is in flight too would answer first, and how many are is chance.
        (await server.Api.PostJsonAsync($"/admin/v1/services/{RunningServer.ServiceSid}/limits", """{"concurrent_starts":0,"destination_per_hour":0,"destination_per_day":0}""")).AssertStatus(200);
        var number = server.NewNumber();

        var answers = await AtOnceAsync(32, _ => server.Api.StartAsync(number));

        var sent = answers.Where(answer => answer.Status == 201).ToArray();
        Assert.Equal(5, sent.Length);
        Assert.Single(sent.Select(answer => answer.Text("sid")).Distinct());
        Assert.Equal([1, 2, 3, 4, 5], sent.Select(answer => answer.At("send_code_attempts").GetArrayLength()).Order());
        Assert.All(answers.Except(sent), answer => answer.AssertError(429, 60203, "max_send_attempts"));
        Assert.Single((await server.MessagesAsync(number, 5)).Select(message => message.Code.Reveal()).Distinct());
    }

    [Fact]
    public async Task Of_a_check_and_a_cancellation_at_once_one_wins()
    {
        for (var round = 0; round < 10; round++)
        {
            var (number, code) = await StartAsync();

            var answers = await AtOnceAsync(2, i => i == 0
                ? server.Api.CheckAsync(number, code)
                : server.Api.PostAsync($"{RunningServer.ServicePath}/Verifications/{number}", ("Status", "canceled")));

            var winner = Assert.Single(answers, answer => answer.Status == 200);
            Assert.Single(answers, answer => answer.Status == 404 && answer.Text("details.reason") == winner.Text("status"));
        }
    }

    [Fact]
    public async Task Of_many_updates_of_one_service_at_once_none_is_lost()
    {
        var path = await server.NewServiceAsync();
        (string Name, string Value)[] fields =
        [
            ("CodeLength", "9"), ("Totp.Skew", "2"), ("Totp.TimeStep", "45"), ("LookupEnabled", "true"), ("TtsName", "Acme"), ("Psd2Enabled", "true"),
            ("Passkeys.RelyingParty.Id", "example.com"), ("Push.IncludeDate", "true"),
        ];

        var answers = await AtOnceAsync(fields.Length, i => server.Api.PostAsync(path, fields[i]));

        Assert.All(answers, answer => answer.AssertStatus(200));
        var service = await server.Api.GetAsync(path);
        Assert.Equal((9, 2, 45), (service.Number("code_length"), service.Number("totp.skew"), service.Number("totp.time_step")));
        Assert.Equal(("Acme", "example.com"), (service.Text("tts_name"), service.Text("passkeys.relying_party.id")));
        Assert.True(service.At("lookup_enabled").GetBoolean() && service.At("psd2_enabled").GetBoolean() && service.At("push.include_date").GetBoolean());
    }

    [Fact]
    public async Task Of_a_relying_party_and_origins_of_another_that_are_set_at_once_one_is_refused()
    {
        for (var round = 0; round < 10; round++)
        {
            var path = await server.NewServiceAsync(("Passkeys.RelyingParty.Id", "example.com"));
            (string Name, string Value)[] fields = [("Passkeys.RelyingParty.Id", "other.test"), ("Passkeys.RelyingParty.Origins", "https://example.com")];

            var answers = await AtOnceAsync(fields.Length, i => server.Api.PostAsync(path, fields[i]));

            Assert.Single(answers, answer => answer.Status == 200);
            Assert.Single(answers, answer => answer.Status == 400).AssertInvalid("Passkeys.RelyingParty.Origins", "not_an_origin");
        }
    }

    [Fact]
    public async Task Of_100_webhooks_and_rate_limits_at_once_a_service_has_as_many_as_it_may()
    {
        var path = await server.NewServiceAsync();

        var webhooks = await AtOnceAsync(100, i => server.Api.PostAsync(path + "/Webhooks", ("FriendlyName", $"n{i}"), ("EventTypes", "*"), ("WebhookUrl", "https://example.com/")));
        var limits = await AtOnceAsync(100, i => server.Api.PostAsync(path + "/RateLimits", ("UniqueName", $"limit{i}")));

        Assert.Equal((20, 50), (webhooks.Count(answer => answer.Status == 201), limits.Count(answer => answer.Status == 201)));
        Assert.All(webhooks.Where(answer => answer.Status != 201), answer => answer.AssertError(429, 20429, "too_many_webhooks"));
        Assert.All(limits.Where(answer => answer.Status != 201), answer => answer.AssertError(400, 60207, "max_rate_limits"));
    }

    static async Task<Answer[]> AtOnceAsync(int count, Func<int, Task<Answer>> ask)
    {
        using var gate = new SemaphoreSlim(0, count);
        var asked = Enumerable.Range(0, count).Select(async i =>
        {
            await gate.WaitAsync();
            return await ask(i);
        }).ToArray();
        gate.Release(count);
        return await Task.WhenAll(asked);
    }

    async Task<(string Number, string Code)> StartAsync()
    {
        var number = server.NewNumber();
        (await server.Api.StartAsync(number)).AssertStatus(201);
        return (number, await server.CodeAsync(number));
    }
}
