using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Callbacks;

/// <summary>
/// What carriers call us with: <c>/callbacks/{carrier}/{account}/…</c>. There are no credentials here; each carrier's own signature is the proof, and a request without
/// a right one changes nothing. Whoever has none is not told either which accounts and carriers there are: whatever is not proven is answered alike.
/// </summary>
sealed partial class CallbackEndpoints(CarrierDirectory carriers, ReceiveReceipts receive, PublicAddress address, TimeProvider time, ILogger<CallbackEndpoints> logger)
{
    const int MaxBody = 64 * 1024;

    /// <summary>Refusals are logged once in so many seconds per process: whoever forges requests must not fill the disk.</summary>
    const int QuietSeconds = 10;

    long _loggedAt;

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/callbacks/{carrier}/{account}/{**rest}", ["GET", "POST", "PUT"], AnswerMapping.Answering(ReceiveAsync));

    async ValueTask<IResult> ReceiveAsync(HttpContext context)
    {
        var request = context.Request;
        var name = (string)request.RouteValues["carrier"]!;
        if (await ReadAsync(request, context.RequestAborted) is not { } body)
        {
            DeliveryMetrics.Refused("too_large");
            return ApiErrors.BodyTooLarge(MaxBody);
        }

        if (!Sid.TryParse((string)request.RouteValues["account"]!, "AC", out var account) || carriers.Find(account, name) is not { } carrier)
        {
            return Refuse("unknown_carrier", "unknown", "unknown_carrier");
        }

        var callback = new CallbackRequest
        {
            Method = request.Method.ToUpperInvariant(),
            Url = address.Of(request) + RawTarget(context),
            Rest = request.RouteValues["rest"] is string { Length: > 0 } rest ? "/" + rest : "",
            Headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Body = body,
            Now = time.GetUtcNow(),
        };
        switch (carrier.Carrier.Receive(callback))
        {
            case CallbackOutcome.Understood understood:
                await receive.RunAsync(account, name, understood.Receipts, CancellationToken.None);
                return understood.Reply is { } reply
                    ? Results.Content(reply.Body, reply.ContentType)
                    : NoContentAnswer.Instance;

            case CallbackOutcome.Forged forged:
                return Refuse("forged", name, forged.Reason);

            case CallbackOutcome.Malformed malformed:
                DeliveryMetrics.Refused("malformed");
                LogOnce(name, malformed.Reason);
                return ApiErrors.Malformed("The callback is signed, but not to be understood.", malformed.Reason);

            default:
                return Refuse("not_expected", name, "not_expected");
        }
    }

    /// <summary>The operator reads in the log what was wrong; whoever called learns nothing, not even whether there is such an account or carrier.</summary>
    ApiError Refuse(string counted, string carrier, string reason)
    {
        DeliveryMetrics.Refused(counted);
        LogOnce(carrier, reason);
        return ApiErrors.CallbackForged();
    }

    /// <summary>Path and query exactly as they were sent: signatures are made over them.</summary>
    static string RawTarget(HttpContext context) =>
        context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()?.RawTarget is { } target && target.StartsWith('/')
            ? target
            : context.Request.Path + context.Request.QueryString;

    static async ValueTask<byte[]?> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > MaxBody)
        {
            return null;
        }

        using var body = new MemoryStream();
        var buffer = new byte[8192];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, ct)) > 0)
        {
            body.Write(buffer, 0, read);
            if (body.Length > MaxBody)
            {
                return null;
            }
        }

        return body.ToArray();
    }

    void LogOnce(string carrier, string reason)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var before = Interlocked.Read(ref _loggedAt);
        if (now - before >= QuietSeconds && Interlocked.CompareExchange(ref _loggedAt, now, before) == before)
        {
            LogRefused(carrier, reason);
        }
    }

    [LoggerMessage(9201, LogLevel.Warning, "A callback for {Carrier} was refused: {Reason}. More of them are only counted (countersign.callbacks.refused)")]
    partial void LogRefused(string carrier, string reason);
}
