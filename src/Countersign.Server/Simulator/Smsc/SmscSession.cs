using System.Collections.Concurrent;
using System.IO.Pipelines;
using Countersign.Carriers.Smpp;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;
using Countersign.Core.Delivery.Simulation;

namespace Countersign.Server.Simulator.Smsc;

/// <summary>One connection to the message centre.</summary>
sealed class SmscSession(SmscServer server, Stream stream, TimeProvider time) : IDisposable
{
    const string OurSystemId = "simulator";

    readonly SemaphoreSlim _writing = new(1);
    readonly PartsBox _parts = new();
    readonly ConcurrentDictionary<uint, DeliverSm> _unacknowledged = new();
    BindType? _bound;
    volatile bool _ended;
    int _sequence;

    public string SystemId { get; private set; } = "";

    /// <summary>Whether it takes receipts for that system_id.</summary>
    public bool Receives(string systemId) => !_ended && _bound is BindType.Receiver or BindType.Transceiver && SystemId == systemId;

    /// <summary>Takes no more receipts, and gives those back whose answer never came.</summary>
    public List<DeliverSm> End()
    {
        _ended = true;
        Interlocked.MemoryBarrier();
        return [.. _unacknowledged.Keys.Select(Take).OfType<DeliverSm>()];
    }

    /// <summary>Serves until the peer goes or misbehaves.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        while (await ReadAsync(reader, ct) is { } pdu)
        {
            if (!await AnswerAsync(pdu, ct))
            {
                return;
            }
        }
    }

    /// <summary>Sends a receipt; false where the connection is of no more use, and the receipt still the caller's.</summary>
    public async Task<bool> DeliverAsync(DeliverSm receipt)
    {
        var sequence = (uint)Interlocked.Increment(ref _sequence);
        _unacknowledged[sequence] = receipt;
        Interlocked.MemoryBarrier();
        if (!_ended && await TryWriteAsync(receipt with { Sequence = sequence }))
        {
            return true;
        }

        // Who ends the connection gives back what is there; only one of the two has it.
        _ended = true;
        return Take(sequence) is null;
    }

    /// <summary>Ends the connection. The semaphore's wait handle is never asked for, so it holds nothing; a late receipt may still wait for it.</summary>
    public void Dispose() => stream.Dispose();

    DeliverSm? Take(uint sequence) => _unacknowledged.TryRemove(sequence, out var receipt) ? receipt : null;

    /// <summary>The next PDU; null at the end. What can be skipped is answered and skipped.</summary>
    async ValueTask<Pdu?> ReadAsync(PipeReader reader, CancellationToken ct)
    {
        while (true)
        {
            var result = await reader.ReadAsync(ct);
            var buffer = result.Buffer;
            try
            {
                var isWhole = PduDecoder.TryRead(ref buffer, out var pdu);
                reader.AdvanceTo(buffer.Start, isWhole ? buffer.Start : buffer.End);
                if (isWhole)
                {
                    return pdu;
                }
            }
            catch (SmppProtocolException wrong)
            {
                reader.AdvanceTo(buffer.Start);
                await TryWriteAsync(new GenericNack { Status = wrong.Status, Sequence = wrong.Sequence });
                if (wrong.IsFatal)
                {
                    return null;
                }

                continue;
            }

            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    /// <summary>False where the connection ends.</summary>
    async ValueTask<bool> AnswerAsync(Pdu pdu, CancellationToken ct)
    {
        switch (pdu)
        {
            case Bind bind:
                return await BindAsync(bind);

            case EnquireLink:
                return await TryWriteAsync(new EnquireLinkResponse { Sequence = pdu.Sequence });

            case Unbind:
                await TryWriteAsync(new UnbindResponse { Sequence = pdu.Sequence });
                return false;

            case SubmitSm submit:
                return await SubmitAsync(submit, ct);

            case DeliverSmResponse:
                Take(pdu.Sequence);
                return true;

            default:
                return pdu.IsResponse || await TryWriteAsync(new GenericNack { Status = CommandStatus.InvalidCommandId, Sequence = pdu.Sequence });
        }
    }

    async ValueTask<bool> BindAsync(Bind bind)
    {
        var status = _bound is null ? server.StatusOf(bind) : CommandStatus.AlreadyBound;
        var answer = new BindResponse(bind.Type)
        {
            Sequence = bind.Sequence,
            Status = status,
            SystemId = status == CommandStatus.Ok ? OurSystemId : null,
            Tlvs = status == CommandStatus.Ok ? [new Tlv(TlvTags.InterfaceVersion, new byte[] { 0x34 })] : [],
        };
        if (!await TryWriteAsync(answer) || status != CommandStatus.Ok)
        {
            return status == CommandStatus.AlreadyBound;
        }

        (SystemId, _bound) = (bind.SystemId, bind.Type);
        Interlocked.MemoryBarrier();
        if (Receives(bind.SystemId))
        {
            await server.FlushAsync(bind.SystemId);
        }

        return true;
    }

    async ValueTask<bool> SubmitAsync(SubmitSm submit, CancellationToken ct)
    {
        if (_bound is not (BindType.Transmitter or BindType.Transceiver))
        {
            return await RefuseAsync(submit, CommandStatus.InvalidBindStatus);
        }

        if (PartsBox.Read(submit) is not { } part)
        {
            return await RefuseAsync(submit, CommandStatus.InvalidMessageLength);
        }

        // What is decided of a text's first part holds for the rest of it.
        var to = submit.Destination is { Ton: 1 } && !submit.Destination.Value.StartsWith('+') ? $"+{submit.Destination.Value}" : submit.Destination.Value;
        var begun = _parts.PlanOf(part);
        var plan = begun ?? server.Decide(to, part.Text);
        var whole = plan.Refusal is null ? _parts.Add(part, plan) : null;
        if (begun is null && plan.Latency > TimeSpan.Zero)
        {
            _ = TakeLaterAsync(submit, to, plan, whole, ct);
            return true;
        }

        return await TakeAsync(submit, to, plan, whole);
    }

    async Task TakeLaterAsync(SubmitSm submit, string to, SimulationPlan plan, string? whole, CancellationToken ct)
    {
        try
        {
            await Task.Delay(plan.Latency, time, ct);
            if (!await TakeAsync(submit, to, plan, whole))
            {
                Dispose();
            }
        }
        catch (OperationCanceledException)
        {
            // The simulator stops.
        }
    }

    async ValueTask<bool> TakeAsync(SubmitSm submit, string to, SimulationPlan plan, string? whole)
    {
        switch (plan.Refusal)
        {
            case null:
                break;
            case DeliveryError.ConnectionFailed:
                return false;
            case DeliveryError.Timeout:
                return true; // Never answered.
            case DeliveryError.MalformedAnswer:
                return await TryWriteAsync(new EnquireLinkResponse { Sequence = submit.Sequence });
            case var error:
                return await RefuseAsync(submit, SmscCodes.OfRefusal(error.Value));
        }

        var id = server.NextId();
        var submitted = time.GetUtcNow();
        var message = whole is null ? null : Keep(submit, id, to, whole, plan, submitted);
        if (!await TryWriteAsync(new SubmitSmResponse { Sequence = submit.Sequence, MessageId = id }))
        {
            return false;
        }

        if (plan.Receipt is { } receipt)
        {
            _ = SendReceiptAsync(submit, id, receipt, message, submitted);
        }

        return true;
    }

    SimulatorMessage Keep(SubmitSm submit, string id, string to, string text, SimulationPlan plan, DateTimeOffset now)
    {
        var message = new SimulatorMessage
        {
            Sid = id,
            To = to,
            From = submit.Source.Value,
            Body = text,
            Channel = "sms",
            Protocol = "smpp",
            Arrived = plan.Arrives,
            CreatedAt = now,
            Status = "sent",
            UpdatedAt = now,
        };
        server.Log.Add(message);
        return message;
    }

    async Task SendReceiptAsync(SubmitSm submit, string id, PlannedReceipt receipt, SimulatorMessage? message, DateTimeOffset submitted)
    {
        if (receipt.Delay > TimeSpan.Zero)
        {
            await Task.Delay(receipt.Delay, time);
        }

        if (SmscReceipts.IsWanted(submit, receipt))
        {
            await server.DeliverAsync(SystemId, SmscReceipts.Write(submit, id, receipt, submitted, time.GetUtcNow()));
        }

        if (message is not null)
        {
            server.Log.Move(message, receipt.Status == ReceiptStatus.Delivered ? "delivered" : "undelivered", receipt.Error);
        }
    }

    ValueTask<bool> RefuseAsync(SubmitSm submit, uint status) => TryWriteAsync(new SubmitSmResponse { Sequence = submit.Sequence, Status = status });

    async ValueTask<bool> TryWriteAsync(Pdu pdu)
    {
        await _writing.WaitAsync();
        try
        {
            await stream.WriteAsync(PduEncoder.Encode(pdu));
            return true;
        }
        catch (Exception broken) when (broken is IOException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            _writing.Release();
        }
    }
}
