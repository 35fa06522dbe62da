using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Guard.Refusals;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Countersign.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Server.Tests.Api;

public sealed class RefusedStartsTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task A_start_that_guard_refused_leaves_a_line_with_its_reason_and_no_number()
    {
        var service = await server.NewServiceAsync();
        var number = server.NewNumber();
        (await server.Api.PostAsync($"{service}/Verifications", ("To", number), ("Channel", "sms"), ("RateLimits", "{\"none\":\"1\"}"))).AssertStatus(400);

        var line = await server.Logs.WaitForAsync(line => line.EventId == 9203 && line.Text.Contains(service[^34..], StringComparison.Ordinal));

        Assert.Contains("60200 unknown_rate_limit", line.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(number[^6..], line.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attack_fills_no_log_and_is_counted()
    {
        var service = (await server.Services.GetRequiredService<IServiceStore>().FindAsync(Sid.Parse(RunningServer.ServiceSid, "VA"), TestContext.Current.CancellationToken))!;
        var time = new FakeTimeProvider();
        using var logs = new CapturedLogs();
        using var factory = LoggerFactory.Create(builder => builder.AddProvider(logs));
        var refusals = new RefusedStarts(server.Services.GetRequiredService<RefusalJournal>(), server.Services.GetRequiredService<DestinationIndex>(), time, factory.CreateLogger<RefusedStarts>());

        for (var i = 0; i < 1000; i++)
        {
            refusals.Tell(service, PhoneNumber.Restore("+14155550123"), Channel.Sms, ApiErrors.MaxSends());
        }

        Assert.Equal(FewASecond.Most, logs.Lines.Count());
        time.Advance(TimeSpan.FromSeconds(1));
        refusals.Tell(service, PhoneNumber.Restore("+14155550123"), Channel.Sms, ApiErrors.MaxSends());
        Assert.Contains("980 before it", logs.Lines.Last().Text, StringComparison.Ordinal);
    }
}
