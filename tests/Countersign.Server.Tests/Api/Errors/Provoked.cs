using System.Globalization;
using Countersign.Server.Tests.Hosting;
using Countersign.Server.Tests.Running;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Countersign.Server.Tests.Api.Errors;

/// <summary>For each documented error that can arise, a way to get it.</summary>
static class Provoked
{
    public static IReadOnlyDictionary<int, Func<RunningServer, Task<Answer>>> ByCode { get; } = new Dictionary<int, Func<RunningServer, Task<Answer>>>
    {
        [20001] = server => server.Api.GetAsync("/v2/Services?Page=1"),
        [20003] = server => server.Client(RunningServer.AccountSid, new string('0', 32)).GetAsync("/v2/Services"),
        [20004] = server => server.Api.DeleteAsync("/v2/Services"),
        [20403] = server => server.Api.PostAsync($"/callbacks/nobodys/{RunningServer.AccountSid}/status"),
        [20404] = server => server.Api.GetAsync("/v2/Services/VA" + new string('0', 32)),
        [20409] = TemplateInUseAsync,
        [20429] = RateLimitedAsync,
        [20500] = BugAsync,
        [20503] = StoreLostAsync,
        [60200] = server => server.Api.StartAsync("+1415"),
        [60201] = DraftAsync,
        [60202] = SixthGuessAsync,
        [60203] = SixthSendAsync,
        [60204] = server => server.Api.StartAsync(server.NewNumber(), ("CustomCode", server.Secret("246810"))),
        [60205] = LandlineAsync,
        [60206] = async server => await StartAsync(server, await server.NewServiceAsync(("Psd2Enabled", "true"))),
        [60207] = server => ManyAsync(server, 51, (path, i) => server.Api.PostAsync(path + "/RateLimits", ("UniqueName", Name(i)))),
        [60208] = server => ManyAsync(server, 2, (path, _) => server.Api.PostAsync(path + "/RateLimits", ("UniqueName", Name(1)))),
        [60209] = server => server.Api.PostAsync(RunningServer.ServicePath + "/RateLimits", ("UniqueName", "an ip!")),
        [60210] = server => BucketsAsync(server, 11, i => i + 1),
        [60211] = server => BucketsAsync(server, 2, _ => 60),
        [60212] = AtOnceAsync,
        [60213] = ConfiguredTwiceAsync,
        [60214] = async server => await StartAsync(server, await server.NewServiceAsync(("Psd2Enabled", "true")), ("Channel", "call"), ("Amount", "EUR 10"), ("Payee", "Acme")),
        [60221] = server => server.Api.PostAsync(RunningServer.ServicePath + "/VerificationCheck", ("Code", "123456")),
        [60223] = server => StartAsync(server, RunningServer.ServicePath, ("Channel", "sna")),
        [60224] = async server => await server.Api.StartAsync(server.NewNumber(), ("TemplateSid", await server.Api.NewTemplateAsync("{{code}} {{user}}"))),
        [60225] = async server => await server.Api.PostJsonAsync($"/admin/v1/templates/{await server.Api.NewTemplateAsync()}/translations", """{"locale":"en","text":"{{code}}"}"""),
        [60227] = async server => await StartAsync(server, RunningServer.ServicePath, ("Channel", "call"), ("TemplateSid", await server.Api.NewTemplateAsync())),
        [60228] = server => server.Api.StartAsync(server.NewNumber(), ("TemplateSid", "HJ" + new string('0', 32))),
        [60229] = async server => await server.Api.DeleteAsync($"/admin/v1/templates/{await server.Api.NewTemplateAsync()}/translations/de"),
        [60306] = server => server.Api.PostAsync(
            RunningServer.ServicePath + "/Webhooks", ("FriendlyName", "x"), ("EventTypes", "factor.forgotten"), ("WebhookUrl", "https://hooks.example.com/a")),
        [60331] = server => StartAsync(server, RunningServer.ServicePath, ("Channel", "call"), ("Locale", "kn")),
        [60332] = async server => await server.Api.DeleteAsync($"/admin/v1/templates/{await server.Api.NewTemplateAsync()}/translations/en"),
        [60409] = server => server.Api.StartAsync(server.NewNumber(), ("CustomMessage", "Something else altogether")),
        [60410] = BlockedAsync,
        [60411] = SafeListedTwiceAsync,
        [60550] = NoChannelAsync,
        [60602] = server => StartAsync(server, RunningServer.ServicePath, ("Channel", "call"), ("AppHash", "FA+9qCX9VSu")),
        [60605] = ClosedCountryAsync,
    };

    static Task<Answer> StartAsync(RunningServer server, string service, params (string Name, string Value)[] fields) =>
        server.Api.PostAsync(service + "/Verifications", [("To", server.NewNumber()), .. fields.Any(field => field.Name == "Channel") ? fields : [("Channel", "sms"), .. fields]]);

    static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"limit-{i}");

    /// <summary>The last of some requests about a new service; those before it go well.</summary>
    static async Task<Answer> ManyAsync(RunningServer server, int count, Func<string, int, Task<Answer>> send)
    {
        var path = await server.NewServiceAsync();
        for (var i = 1; i < count; i++)
        {
            (await send(path, i)).AssertStatus(201);
        }

        return await send(path, count);
    }

    static async Task<Answer> BucketsAsync(RunningServer server, int count, Func<int, int> interval)
    {
        var path = await server.NewServiceAsync();
        var limit = (await server.Api.PostAsync(path + "/RateLimits", ("UniqueName", "ip"))).AssertStatus(201).Text("sid");
        return await ManyAsync(server, count, (_, i) => server.Api.PostAsync(
            $"{path}/RateLimits/{limit}/Buckets", ("Max", "5"), ("Interval", interval(i).ToString(CultureInfo.InvariantCulture))));
    }

    static async Task<Answer> TemplateInUseAsync(RunningServer server)
    {
        var template = await server.Api.NewTemplateAsync();
        await server.NewServiceAsync(("DefaultTemplateSid", template));
        return await server.Api.DeleteAsync("/admin/v1/templates/" + template);
    }

    static async Task<Answer> RateLimitedAsync(RunningServer server)
    {
        var path = await server.NewServiceAsync();
        var limit = (await server.Api.PostAsync(path + "/RateLimits", ("UniqueName", "ip"))).AssertStatus(201).Text("sid");
        (await server.Api.PostAsync($"{path}/RateLimits/{limit}/Buckets", ("Max", "1"), ("Interval", "60"))).AssertStatus(201);
        (await StartAsync(server, path, ("RateLimits", """{"ip":"a"}"""))).AssertStatus(201);
        return await StartAsync(server, path, ("RateLimits", """{"ip":"a"}"""));
    }

    static async Task<Answer> BugAsync(RunningServer _)
    {
        var clock = new BrokenClock();
        await using var own = await RunningServer.StartAsync([], services => services.AddSingleton<TimeProvider>(clock));
        (await own.Api.GetAsync(RunningServer.ServicePath)).AssertStatus(200);
        clock.Problem = new NotSupportedException("a bug");
        var answer = await own.Api.PostAsync(RunningServer.ServicePath, ("CodeLength", "7"));
        clock.Problem = null;
        return answer;
    }

    static async Task<Answer> StoreLostAsync(RunningServer _)
    {
        await using var own = await RunningServer.StartAsync([]);
        (await own.Api.GetAsync(RunningServer.ServicePath)).AssertStatus(200);
        using var connection = new SqliteConnection($"Data Source={own.DatabasePath};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "ALTER TABLE outbox_slot RENAME TO hidden";
        command.ExecuteNonQuery();
        return await own.Api.StartAsync(own.NewNumber());
    }

    static async Task<Answer> DraftAsync(RunningServer server)
    {
        var draft = (await server.Api.PostJsonAsync("/admin/v1/templates", """{"friendly_name":"x","translations":{"en":"{{code}}"}}""")).Text("sid")!;
        return await server.Api.StartAsync(server.NewNumber(), ("TemplateSid", draft));
    }

    static async Task<Answer> SixthGuessAsync(RunningServer server)
    {
        var number = server.NewNumber();
        (await server.Api.StartAsync(number)).AssertStatus(201);
        var wrong = RunningServer.Wrong(await server.CodeAsync(number));
        for (var i = 0; i < 5; i++)
        {
            (await server.Api.CheckAsync(number, wrong)).AssertStatus(200);
        }

        return await server.Api.CheckAsync(number, wrong);
    }

    static async Task<Answer> SixthSendAsync(RunningServer server)
    {
        var number = server.NewNumber();
        for (var i = 0; i < 5; i++)
        {
            (await server.Api.StartAsync(number)).AssertStatus(201);
        }

        return await server.Api.StartAsync(number);
    }

    static async Task<Answer> LandlineAsync(RunningServer server)
    {
        var path = await server.NewServiceAsync(("LookupEnabled", "true"), ("SkipSmsToLandlines", "true"));
        return await server.Api.PostAsync(path + "/Verifications", ("To", "+33153000099"), ("Channel", "sms"));
    }

    /// <summary>Whether two are worked on at once is chance, so that they are sent until it was so.</summary>
    static async Task<Answer> AtOnceAsync(RunningServer server)
    {
        var path = await server.NewServiceAsync();
        (await server.Api.PostJsonAsync($"/admin/v1/services/{path.Split('/')[^1]}/limits", """{"concurrent_starts":1,"destination_per_hour":0,"destination_per_day":0}""")).AssertStatus(200);
        for (var round = 0; ; round++)
        {
            var number = server.NewNumber();
            var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => server.Api.PostAsync(path + "/Verifications", ("To", number), ("Channel", "sms"))));
            if (answers.FirstOrDefault(answer => answer.Status != 201 && answer.Number("code") != 60203) is { } refused)
            {
                return refused;
            }

            Assert.True(round < 50, "No two starts were in flight at once.");
        }
    }

    static async Task<Answer> ConfiguredTwiceAsync(RunningServer server)
    {
        var pool = await server.Api.NewPoolAsync('9');
        return await ManyAsync(server, 2, (path, _) => server.Api.PostAsync(path + "/MessagingConfigurations", ("Country", "CA"), ("MessagingServiceSid", pool)));
    }

    static async Task<Answer> SafeListedTwiceAsync(RunningServer server)
    {
        var number = server.NewNumber();
        return await ManyAsync(server, 2, (_, _) => server.Api.PostAsync("/v2/SafeList/Numbers", ("PhoneNumber", number)));
    }

    static async Task<Answer> BlockedAsync(RunningServer server)
    {
        var number = server.NewNumber();
        (await server.Api.PostJsonAsync("/admin/v1/block-list", $$"""{"numbers":["{{number}}"]}""")).AssertStatus(200);
        return await server.Api.StartAsync(number);
    }

    static async Task<Answer> NoChannelAsync(RunningServer _)
    {
        await using var own = await RunningServer.StartAsync(["--Countersign:Sandbox:Enabled", "false"]);
        return await own.Api.PostAsync(RunningServer.ServicePath + "/Verifications", ("To", own.NewNumber()), ("Channel", "auto"));
    }

    static async Task<Answer> ClosedCountryAsync(RunningServer server)
    {
        var path = await server.NewServiceAsync();
        (await server.Api.SendJsonAsync(HttpMethod.Put, $"/admin/v1/services/{path.Split('/')[^1]}/geo-permissions/US", """{"sms":"deny"}""")).AssertStatus(200);
        return await StartAsync(server, path);
    }
}
