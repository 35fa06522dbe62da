using System.Security.Cryptography;
using System.Text;

namespace Countersign.Core.Events;

/// <summary>One event on its way to one receiver.</summary>
public sealed record EventEntry
{
    /// <summary>The store's own name for it; grows. 0 before it is kept.</summary>
    public long Position { get; init; }

    public required Sid Receiver { get; init; }

    public required Sid AccountSid { get; init; }

    public required Sid ServiceSid { get; init; }

    public required EventType Type { get; init; }

    /// <summary>The same for every receiver and every try of it, 64 hex digits: whoever gets it twice knows it by this.</summary>
    public required string Id { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What is told, one JSON object in UTF-8. Personal in parts: a store seals it.</summary>
    public required byte[] Data { get; init; }

    /// <summary>From when its tries are counted: when it was kept, or given back to be tried again.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Tries so far.</summary>
    public int Tries { get; init; }

    /// <summary>When it is tried next; means nothing for a dead one.</summary>
    public DateTimeOffset DueAt { get; init; }

    public bool IsDead { get; init; }

    /// <summary>Why the last try failed; null before any.</summary>
    public string? Problem { get; init; }

    /// <summary>What happened to something, for each of those who are told: all with one id and one text.</summary>
    public static List<EventEntry> For(IReadOnlyList<EventReceiver> receivers, Sid service, EventType type, Sid subject, DateTimeOffset at, byte[] data)
    {
        var id = IdOf(type, subject);
        return [.. receivers.Select(receiver => new EventEntry
        {
            Receiver = receiver.Sid,
            AccountSid = receiver.AccountSid,
            ServiceSid = service,
            Type = type,
            Id = id,
            At = at,
            Since = at,
            DueAt = at,
            Data = data,
        })];
    }

    /// <summary>The id of what happened to something: whoever writes it down twice gives it the same.</summary>
    public static string IdOf(EventType type, Sid subject) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{EventTypes.Names[type]}/{subject}")));
}

/// <summary>A verification that is to be looked at when it may have expired, since nobody is asked then who could tell.</summary>
/// <param name="VerificationSid">Which.</param>
/// <param name="ServiceSid">Its service.</param>
/// <param name="AccountSid">Its account.</param>
/// <param name="DueAt">When.</param>
public readonly record struct ExpiryWatch(Sid VerificationSid, Sid ServiceSid, Sid AccountSid, DateTimeOffset DueAt);
