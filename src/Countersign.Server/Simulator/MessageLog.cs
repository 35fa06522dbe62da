using System.Text.RegularExpressions;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Server.Simulator;

/// <summary>The messages that the simulator took, newest first, in memory only and bounded: the oldest makes room.</summary>
sealed class MessageLog(TimeProvider time)
{
    const int Capacity = 10_000;

    readonly Lock _gate = new();
    readonly LinkedList<SimulatorMessage> _messages = new();
    readonly Dictionary<string, SimulatorMessage> _bySid = [];

    /// <summary>Keeps a message.</summary>
    public void Add(SimulatorMessage message)
    {
        lock (_gate)
        {
            _messages.AddFirst(message);
            _bySid[message.Sid] = message;
            if (_messages.Count > Capacity)
            {
                _bySid.Remove(_messages.Last!.Value.Sid);
                _messages.RemoveLast();
            }
        }
    }

    /// <summary>The message of that name; null for none.</summary>
    public SimulatorMessage? Find(string sid)
    {
        lock (_gate)
        {
            return _bySid.GetValueOrDefault(sid);
        }
    }

    /// <summary>The newest messages, to one number or to all where it is null.</summary>
    public IReadOnlyList<SimulatorMessage> Read(string? to, int limit)
    {
        lock (_gate)
        {
            return [.. _messages.Where(message => to is null || message.To == to).Take(limit)];
        }
    }

    /// <summary>Says how far a message has come.</summary>
    public void Move(SimulatorMessage message, string status, DeliveryError? error = null)
    {
        lock (_gate)
        {
            (message.Status, message.Error, message.UpdatedAt) = (status, error, time.GetUtcNow());
        }
    }
}

/// <summary>One message that was taken. It prints without its number and text.</summary>
sealed partial class SimulatorMessage
{
    /// <summary>SM… or CA… over HTTP, digits over SMPP.</summary>
    public required string Sid { get; init; }

    public required string To { get; init; }

    public required string From { get; init; }

    public required string Body { get; init; }

    /// <summary><c>sms</c> or <c>call</c>.</summary>
    public required string Channel { get; init; }

    /// <summary><c>twilio</c> or <c>smpp</c>.</summary>
    public required string Protocol { get; init; }

    /// <summary>Whether the phone has it, whatever receipts say.</summary>
    public required bool Arrived { get; init; }

    /// <summary>The messaging service (MG…) that was to choose the sender.</summary>
    public string? MessagingServiceSid { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>In Twilio's words.</summary>
    public string Status { get; set; } = "queued";

    public DeliveryError? Error { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>The first four to ten digits in a row, said with pauses in a call; null where there are none.</summary>
    public string? Code => (Channel == "call" ? Spoken() : Written()).Match(Body) is { Success: true } match ? string.Concat(match.Value.Where(char.IsAsciiDigit)) : null;

    public override string ToString() => $"{Channel} {Sid}";

    [GeneratedRegex(@"(?<!\d)[0-9]{4,10}(?!\d)")]
    private static partial Regex Written();

    [GeneratedRegex(@"(?:[0-9][\s.,]*){4,10}")]
    private static partial Regex Spoken();
}
