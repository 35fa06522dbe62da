using System.Text.Json;
using Countersign.Core.Delivery;
using Countersign.Core.Verifications;
using Countersign.Server.Api;

namespace Countersign.Server.Hosting;

/// <summary>For load balancers and orchestrators: whether the process lives, and whether it can keep and send what it is asked to.</summary>
sealed class HealthEndpoints(IOutbox outbox)
{
    /// <summary>A dispatcher that works is seconds behind at most; beyond this, messages are late.</summary>
    static readonly TimeSpan LateAfter = TimeSpan.FromMinutes(1);

    static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", AnswerMapping.Answering(_ => new ValueTask<IResult>(new HealthAnswer(true, []))));
        routes.MapGet("/health/ready", AnswerMapping.Answering(ReadyAsync));
    }

    async ValueTask<IResult> ReadyAsync(HttpContext context)
    {
        try
        {
            // The depth is asked of the writer itself, so an answer also says that the store commits.
            var depth = await outbox.DepthAsync(context.RequestAborted).AsTask().WaitAsync(AnswerWithin, context.RequestAborted);
            var late = depth.OldestAge > LateAfter;
            return new HealthAnswer(!late, [("store", "ok"), ("outbox", late ? $"late: {depth.Waiting} waiting, the oldest for {(int)depth.OldestAge.TotalSeconds} s" : "ok")]);
        }
        catch (Exception problem) when (problem is StoreUnavailableException or StoreOverloadedException or TimeoutException)
        {
            return new HealthAnswer(false, [("store", problem is StoreOverloadedException ? "overloaded" : "not answering"), ("outbox", "unknown")]);
        }
    }

    sealed class HealthAnswer(bool healthy, IReadOnlyList<(string Name, string State)> checks)
        : JsonAnswer(healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("status"u8, healthy ? "ok" : "unhealthy");
            foreach (var (name, state) in checks)
            {
                json.WriteString(name, state);
            }

            json.WriteEndObject();
        }
    }
}
