using System.Net;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Numbers;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace Countersign.Server.Callbacks;

/// <summary>
/// What carriers call us with: <c>/callbacks/{carrier}/{account}/…</c>. There are no credentials here; each carrier's own signature is the proof, and a request without
/// a right one changes nothing. Whoever has none is not told either which accounts and carriers there are: whatever is not proven is answered alike.
/// </summary>
sealed partial class CallbackEndpoints(CarrierDirectory carriers, ReceiveReceipts receive, PublicAddress address, TimeProvider time, ILogger<CallbackEndpoints> logger)
{
    /// <summary>Whoever sends slower than this gets no answer: the bytes would have a room that others wait for.</summary>
    static readonly TimeSpan ToSend = TimeSpan.FromSeconds(10);

    static readonly TimeSpan ComeBackIn = TimeSpan.FromSeconds(5);

    /// <summary>Bytes of callbacks that are not proven yet, for all requests of the process together: 32 MiB for usual ones, and as much for large ones. One network has 4 and 8 of them.</summary>
    readonly CallbackRoom _room = new(32 * 1024 * 1024, 32 * 1024 * 1024);

    // What is read of anybody's: how much is read, and when it is answered, would else tell which carriers there are.
    readonly int _most = carriers.LargestCallback;

    // Whoever forges requests must not fill the disk. Whoever calls for carriers that there are not, which anybody can, must not hide what is said of those that there are.
    readonly Rarely _saying = new(time), _sayingUnknown = new(time), _sayingNoRoom = new(time);

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapMethods("/callbacks/{carrier}/{account}/{**rest}", ["GET", "POST", "PUT"], AnswerMapping.Answering(ReceiveAsync));

    async ValueTask<IResult> ReceiveAsync(HttpContext context)
    {
        var request = context.Request;
        var name = (string)request.RouteValues["carrier"]!;
        var carrier = Sid.TryParse((string)request.RouteValues["account"]!, "AC", out var account) ? carriers.Find(account, name) : null;
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            // One more, so that what is too much is ours to answer.
            size.MaxRequestBodySize = _most + 1;
        }

        switch (await ReadAsync(context, carrier))
        {
            case Reading.NoRoom:
                return NoRoom(context.Connection.RemoteIpAddress);

            case Reading.NotTaken:
                // Not proven, and so answered as such: how much is too much would tell which carriers there are.
                return carrier is null ? Refuse(_sayingUnknown, "unknown_carrier", "unknown", "unknown_carrier") : Refuse(_saying, "too_large", name, "too_large");

            case Reading.Read { Outcome: CallbackOutcome.Understood understood }:
                await receive.RunAsync(account, name, understood.Receipts, CancellationToken.None);
                return understood.Reply is { } reply
                    ? Results.Content(reply.Body, reply.ContentType)
                    : NoContentAnswer.Instance;

            case Reading.Read { Outcome: CallbackOutcome.Forged forged }:
                return Refuse(_saying, "forged", name, forged.Reason);

            case Reading.Read { Outcome: CallbackOutcome.Malformed malformed }:
                DeliveryMetrics.Refused("malformed");
                LogOnce(_saying, name, malformed.Reason);
                return ApiErrors.Malformed("The callback is signed, but not to be understood.", malformed.Reason);

            default:
                return Refuse(_saying, "not_expected", name, "not_expected");
        }
    }

    async ValueTask<CallbackBody.End> ReadAsync(CallbackBody body, HttpRequest request)
    {
        using var deadline = new CancellationTokenSource(ToSend, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(request.HttpContext.RequestAborted, deadline.Token);
        try
        {
            return await body.ReadAsync(request, either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The body came too slowly.", StatusCodes.Status408RequestTimeout);
        }
    }

    /// <summary>What the carrier makes of it. When this ends its bytes are let go of: what comes after it has a proof, and the store's own bounds.</summary>
    async ValueTask<Reading> ReadAsync(HttpContext context, LiveCarrier? carrier)
    {
        var request = context.Request;
        var kept = carrier?.Definition is { } definition && carriers.KindOf(definition.Kind) is { } kind ? kind.MaxCallback : CallbackRoom.UsualBody;
        using var body = new CallbackBody(_room, CallbackNetwork.Of(context.Connection.RemoteIpAddress), kept, _most);
        switch (await ReadAsync(body, request))
        {
            case CallbackBody.End.NoRoom:
                return Reading.NoRoom.Instance;

            case CallbackBody.End.TooLarge:
                return Reading.NotTaken.Instance;
        }

        if (carrier is null)
        {
            return Reading.NotTaken.Instance;
        }

        return new Reading.Read(carrier.Carrier.Receive(new CallbackRequest
        {
            Method = request.Method.ToUpperInvariant(),
            Url = address.Of(request) + RawTarget(context),
            Rest = request.RouteValues["rest"] is string { Length: > 0 } rest ? "/" + rest : "",
            Headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Body = body.Bytes,
            Now = time.GetUtcNow(),
        }));
    }

    /// <summary>Not a word of whose it was: it may be anybody's. The log has the network that it came from, which may be the one that has too much, or any other where all together have.</summary>
    ApiError NoRoom(IPAddress? from)
    {
        DeliveryMetrics.Refused("no_room");
        LogOnce(_sayingNoRoom, "any carrier", from is null ? "no_room" : $"no_room for {IpAddress.Of(from)}");
        return ApiErrors.Unavailable(ComeBackIn, "too_many_callbacks");
    }

    /// <summary>The operator reads in the log what was wrong; whoever called learns nothing, not even whether there is such an account or carrier.</summary>
    ApiError Refuse(Rarely saying, string counted, string carrier, string reason)
    {
        DeliveryMetrics.Refused(counted);
        LogOnce(saying, carrier, reason);
        return ApiErrors.CallbackForged();
    }

    /// <summary>Path and query exactly as they were sent: signatures are made over them.</summary>
    static string RawTarget(HttpContext context) =>
        context.Features.Get<IHttpRequestFeature>()?.RawTarget is { } target && target.StartsWith('/')
            ? target
            : context.Request.Path + context.Request.QueryString;

    void LogOnce(Rarely saying, string carrier, string reason)
    {
        if (saying.May())
        {
            LogRefused(carrier, reason);
        }
    }

    [LoggerMessage(9201, LogLevel.Warning, "A callback for {Carrier} was refused: {Reason}. More of them are only counted (countersign.callbacks.refused)")]
    partial void LogRefused(string carrier, string reason);

    /// <summary>How reading a callback ended.</summary>
    abstract record Reading
    {
        public sealed record NoRoom : Reading
        {
            public static readonly NoRoom Instance = new();
        }

        /// <summary>For no carrier, or too large for it.</summary>
        public sealed record NotTaken : Reading
        {
            public static readonly NotTaken Instance = new();
        }

        public sealed record Read(CallbackOutcome Outcome) : Reading;
    }
}
