using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;
using Microsoft.Extensions.Logging;

namespace Countersign.Carriers.Smpp;

/// <summary>
/// Sends by SMPP. A message is sent at least once: one whose connection ended before the answer goes out again, and the phone may show it twice. Of a text in several
/// parts the first one's id is kept, and the first one's receipt counts: no others are asked for.
/// </summary>
public sealed partial class SmppCarrier : ICarrier, IAsyncDisposable
{
    const int MaxAddress = 20, LongestShortCode = 8;

    /// <summary>How long a later part waits where no bind could take it.</summary>
    static readonly TimeSpan BeforeAgain = TimeSpan.FromMilliseconds(500);

    readonly CarrierEnvironment _environment;
    readonly SmppSettings _settings;
    readonly SmppPool _pool;
    int _reference;

    /// <summary>Begins to connect, and does not wait for it.</summary>
    internal SmppCarrier(CarrierEnvironment environment)
    {
        _environment = environment;
        _settings = SmppSettings.Read(environment.Settings);
        var reference = new byte[1];
        environment.Random.Fill(reference);
        _reference = reference[0];
        _pool = new SmppPool(_settings.Pool with { Endpoint = _settings.Pool.Endpoint with { Networks = environment.Networks } }, KeepAsync, environment.Time, environment.Random, environment.Logger);
    }

    public string Name => _environment.Definition.Name;

    public async ValueTask<SendOutcome> SendAsync(OutgoingMessage message, CancellationToken ct)
    {
        if (SourceOf(message.Sender) is not { } source)
        {
            return new SendOutcome.Refused(DeliveryError.InvalidSender, null);
        }

        var text = message.Message.Text;
        var encoding = _settings.Encoding ?? SmppText.Narrowest(text);
        encoding = SmppText.CanWrite(text, encoding) ? encoding : SmppEncoding.Ucs2;
        if (MessageParts.Of(text, encoding, _settings.LongMessage, (byte)Interlocked.Increment(ref _reference)) is not { } parts)
        {
            return new SendOutcome.Refused(DeliveryError.ContentTooLong, null);
        }

        // What goes out at the last moment is given up unanswered: half of the time is for the answer.
        using var half = new CancellationTokenSource(message.SendTimeout / 2, _environment.Time);
        using var turn = CancellationTokenSource.CreateLinkedTokenSource(half.Token, ct);
        SendOutcome? first = null;
        foreach (var part in parts)
        {
            var submit = SubmitOf(message, source, part, isFirst: first is null);
            var exchange = await _pool.SubmitAsync(submit, turn.Token, ct);
            while (first is not null && WasSurelyNotTaken(exchange) && await MayAgainAsync(exchange, turn.Token))
            {
                exchange = await _pool.SubmitAsync(submit, turn.Token, ct);
            }

            if (OutcomeOf(exchange) is SendOutcome.Refused refused)
            {
                return first is null ? refused : OfLaterPart(refused);
            }

            first ??= OutcomeOf(exchange);
        }

        return first!;
    }

    /// <summary>Unbinds.</summary>
    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    /// <summary>Whether the centre asked for fewer, or was not asked at all: the same may be sent again without being sent twice.</summary>
    static bool WasSurelyNotTaken(Exchange exchange) =>
        exchange is { End: ExchangeEnd.NotSent } or { End: ExchangeEnd.Answered, Response.Status: CommandStatus.Throttled or CommandStatus.MessageQueueFull };

    /// <summary>Waits until a part may be sent again; false where its turn was over first. Where the centre asked for fewer, the pool itself waits.</summary>
    async Task<bool> MayAgainAsync(Exchange exchange, CancellationToken turn)
    {
        if (exchange.End == ExchangeEnd.NotSent)
        {
            await Task.Delay(BeforeAgain, _environment.Time, turn).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return !turn.IsCancellationRequested;
    }

    /// <summary>
    /// Parts that went before may arrive, and are paid for: what would be tried again and again counts as a text that the centre may have, which it is given twice at most. What said nothing against
    /// the centre as an error of its own does not as a time-out either.
    /// </summary>
    static SendOutcome.Refused OfLaterPart(SendOutcome.Refused refused) => refused switch
    {
        { Error: DeliveryError.MalformedAnswer } or { Failure: not (SendFailure.TryAgain or SendFailure.CarrierDown) } => refused,
        { Error: DeliveryError.Throttled or DeliveryError.Congestion or DeliveryError.Misconfigured or DeliveryError.InvalidSender } => refused with { Error = DeliveryError.Timeout, WasAsked = false },
        _ => refused with { Error = DeliveryError.Timeout },
    };

    SubmitSm SubmitOf(OutgoingMessage message, SmppAddress source, MessagePart part, bool isFirst) => new()
    {
        Source = source,
        Destination = new SmppAddress(_settings.DestinationTon, _settings.DestinationNpi, message.To.Reveal().TrimStart('+')),
        EsmClass = part.EsmClass,
        DataCoding = part.DataCoding,
        ValidityPeriod = ValidityPeriods.Of(message.ExpiresAt, _environment.Time.GetUtcNow(), _settings.Validity),
        RegisteredDelivery = isFirst ? _settings.RegisteredDelivery : (byte)0,
        ShortMessage = part.ShortMessage,
        Tlvs = part.Payload is { } payload ? [new Tlv(TlvTags.MessagePayload, payload)] : [],
    };

    /// <summary>The sender's address; null for what is none.</summary>
    SmppAddress? SourceOf(string? sender)
    {
        if (string.IsNullOrEmpty(sender))
        {
            return new SmppAddress(_settings.SourceTon ?? 0, _settings.SourceNpi ?? 0, "");
        }

        var digits = sender.TrimStart('+');
        var isNumber = digits.All(char.IsAsciiDigit);
        var value = isNumber ? digits : sender;
        (byte Ton, byte Npi) suits = !isNumber ? ((byte)5, (byte)0) : digits == sender && digits.Length <= LongestShortCode ? ((byte)3, (byte)0) : ((byte)1, (byte)1);
        return value.Length is > 0 and <= MaxAddress && !value.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? new SmppAddress(_settings.SourceTon ?? suits.Ton, _settings.SourceNpi ?? suits.Npi, value)
            : null;
    }

    SendOutcome OutcomeOf(Exchange exchange) => exchange switch
    {
        { Response: { Status: not CommandStatus.Ok } response } => Refused(SmppErrors.OfStatus(response.Status)),
        { Response: SubmitSmResponse taken } => new SendOutcome.Accepted(string.IsNullOrEmpty(taken.MessageId) ? null : MessageIds.OfResponse(taken.MessageId, _settings.ReceiptIds)),
        { End: ExchangeEnd.Answered } => new SendOutcome.Refused(DeliveryError.MalformedAnswer, null),
        { End: ExchangeEnd.HeldBack } => new SendOutcome.Refused(DeliveryError.Throttled, exchange.HeldBy) { WasAsked = false },
        { End: ExchangeEnd.TimedOut } => new SendOutcome.Refused(DeliveryError.Timeout, null),
        { End: ExchangeEnd.Lost } => new SendOutcome.Refused(DeliveryError.Timeout, "connection_lost"),
        _ => new SendOutcome.Refused(DeliveryError.ConnectionFailed, "not_bound"),
    };

    static SendOutcome.Refused Refused((DeliveryError Error, string Code) why) => new(why.Error, why.Code);

    async Task KeepAsync(IReadOnlyList<DeliverSm> deliveries)
    {
        var receipts = deliveries.Select(DeliveryReceipt.Read).OfType<DeliveryReceipt>().Select(receipt => SmppReceipts.Of(receipt, _settings.ReceiptIds)).ToList();
        if (receipts.Count < deliveries.Count)
        {
            LogNoReceipts(_environment.Logger, Name, deliveries.Count - receipts.Count);
        }

        if (receipts.Count > 0)
        {
            await _environment.ReceiptsAsync(receipts);
        }
    }

    [LoggerMessage(3208, LogLevel.Debug, "Carrier {Carrier} delivered {Count} message(s) that are no receipts; they are acknowledged and not kept")]
    static partial void LogNoReceipts(ILogger logger, string carrier, int count);
}
