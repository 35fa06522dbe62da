using Countersign.Core;
using Countersign.Core.Services;

namespace Countersign.Bench.Servers;

/// <summary>A load is what Guard stops: thousands of codes that nobody types back. So it judges and counts as always, and refuses none of them.</summary>
static class Crowds
{
    /// <summary>As a body of <c>/admin/v1/services/{VA}/fraud-guard</c>.</summary>
    public const string OnlyWatched = """{"watch_only":true}""";

    /// <summary>As a body of <c>/admin/v1/services/{VA}/limits</c>: many at one number at once.</summary>
    public const string AtOnce = """{"concurrent_starts":1000}""";

    public static async Task LetInAsync(WebApplication app, string service) => await app.Services.GetRequiredService<IServiceStore>().UpdateAsync(
        Sid.Parse(service, "VA"),
        before => before with { Guard = before.Guard with { FraudWatchOnly = true, Limits = before.Guard.Limits with { ConcurrentStarts = 1000 } } },
        CancellationToken.None);
}
