using System.Globalization;
using System.Text.Json;
using Countersign.Core.Delivery;
using Countersign.Core.Verifications;
using Countersign.Server.Api;

namespace Countersign.Server.Hosting;

/// <summary>For load balancers and orchestrators: whether the process lives, and whether it can keep and send what it is asked to.</summary>
sealed class HealthEndpoints(IOutbox outbox, Drain drain, TimeProvider time)
{
    /// <summary>Anyone may ask, and asking takes a place in the store's queue: one question a second is enough for everybody.</summary>
    static readonly TimeSpan GoodFor = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Beyond this, messages are late: some carrier does not take them, or the dispatcher is behind. What is asked for is kept and answered all the same, until half a million wait and starts are 503, and
    /// servers that share a store share what waits: were they not ready for it, one message that nobody takes would end the service, its checks included.
    /// </summary>
    static readonly TimeSpan LateAfter = TimeSpan.FromMinutes(1);

    static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    volatile Asked? _last;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/health/live", Methods, AnswerMapping.Answering(_ => new ValueTask<IResult>(new HealthAnswer(true, []))));
        routes.MapMethods("/health/ready", Methods, AnswerMapping.Answering(ReadyAsync));
    }

    async ValueTask<IResult> ReadyAsync(HttpContext context)
    {
        if (drain.HasBegun)
        {
            return new HealthAnswer(false, [("server", "stopping")]);
        }

        var now = time.GetUtcNow();
        if (_last is not { } last || (now - last.At).Duration() >= GoodFor)
        {
            _last = last = new Asked(now, AskAsync());
        }

        return await last.Answer.WaitAsync(context.RequestAborted);
    }

    async Task<HealthAnswer> AskAsync()
    {
        try
        {
            // The depth is asked of the writer itself, so an answer also says that the store commits.
            var depth = await outbox.DepthAsync(CancellationToken.None).AsTask().WaitAsync(AnswerWithin, time);
            var late = depth.OldestAge > LateAfter;
            var store = depth.Away switch
            {
                null => "ok",
                { IsAll: true } => "not acknowledging: no group can be written to",
                var away => $"degraded: {away.Why.Count} of {away.Of} groups cannot be written to",
            };
            return new HealthAnswer(
                depth.Away is not { IsAll: true },
                [("store", store), ("outbox", late ? $"late: {depth.Waiting} waiting, the oldest for {(int)depth.OldestAge.TotalSeconds} s" : "ok")],
                depth.Away)
            {
                IsDegraded = late || depth.Away is not null,
            };
        }
        catch (Exception problem) when (problem is StoreUnavailableException or StoreOverloadedException or TimeoutException)
        {
            return new HealthAnswer(false, [("store", StateOf(problem)), ("outbox", "unknown")]);
        }
    }

    static string StateOf(Exception problem) => problem switch
    {
        StoreOverloadedException => "overloaded",
        StoreUnavailableException { IsLost: true } => "lost: the database was deleted, moved or replaced while the server runs",
        _ => "not answering",
    };

    sealed record Asked(DateTimeOffset At, Task<HealthAnswer> Answer);

    sealed class HealthAnswer(bool healthy, IReadOnlyList<(string Name, string State)> checks, PartsAway? away = null)
        : JsonAnswer(healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable)
    {
        /// <summary>It serves, but not all is well.</summary>
        public bool IsDegraded { get; init; }

        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("status"u8, !healthy ? "unhealthy" : IsDegraded ? "degraded" : "ok");
            foreach (var (name, state) in checks)
            {
                json.WriteString(name, state);
            }

            if (away is not null)
            {
                // Each is a share of all destinations, whose starts and checks are 503 meanwhile.
                json.WriteStartObject("groups_away"u8);
                foreach (var (group, why) in away.Why)
                {
                    json.WriteString(group.ToString(CultureInfo.InvariantCulture), why);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }
    }
}
