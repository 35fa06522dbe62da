using Countersign.Core.Channels;
using Countersign.Core.Delivery.Attempts;
using Countersign.Core.Delivery.Errors;
using Countersign.Core.Delivery.Receipts;

namespace Countersign.Core.Delivery;

/// <summary>The history of sends (VL…): what became of each, and why. Rows are written by <see cref="IOutbox.RecordAsync"/>.</summary>
public interface IAttemptStore
{
    /// <summary>The attempt of that SID; null where there is none, or its outcome is not recorded yet.</summary>
    ValueTask<AttemptRecord?> FindAsync(Sid attempt, CancellationToken ct);

    /// <summary>
    /// Looks at an account's attempts, newest first, over a bounded number of rows, whoever's they are: what it costs does not depend on how much matches. Attempts that count
    /// nowhere (<see cref="AttemptRecord.Country"/> is null) are left out.
    /// </summary>
    Task<AttemptSlice> ScanAsync(AttemptScan scan, CancellationToken ct);

    /// <summary>Adds an attempt that did not come out of the outbox: a test of carriers. Durable when it returns.</summary>
    Task AddAsync(AttemptRecord attempt, CancellationToken ct);

    /// <summary>
    /// Applies receipts, each idempotently: a repeated one, or one that is overtaken by a later stage, changes nothing, and that a message did not arrive is told again. One whose attempt is not recorded yet is kept and
    /// applied when it is. A receipt for another account's or another carrier's attempt changes nothing. One atomic step; durable when it returns.
    /// </summary>
    Task<ReceivedReceipts> ReceiveAsync(Sid account, string carrier, IReadOnlyList<Receipt> receipts, CancellationToken ct);

    /// <summary>
    /// Applies receipts that wait for attempts which are there: a server left them that was stopped between recording a send and looking for what had come before, or doing what follows from that. Some of
    /// them, if there are many. Of those that say again what was applied, and whose follow-up may be under way elsewhere, <see cref="ReceivedReceipts.SaidAgain"/> tells.
    /// </summary>
    Task<ReceivedReceipts> TakeLeftAsync(CancellationToken ct);

    /// <summary>What follows from receipts was done: the store need not keep them any longer. One that is gone already is left alone.</summary>
    Task FollowedAsync(IReadOnlyList<KeptReceipt> receipts, CancellationToken ct);
}

/// <summary>What became of one send.</summary>
public sealed record AttemptRecord
{
    public required Sid Sid { get; init; }

    public required Sid VerificationSid { get; init; }

    public required Sid ServiceSid { get; init; }

    public required Sid AccountSid { get; init; }

    public required Channel Channel { get; init; }

    /// <summary>ISO 3166-1 alpha-2 country of the destination, empty for none; null for an attempt that counts nowhere: of a test number, or a test of carriers.</summary>
    public string? Country { get; init; }

    /// <summary>The first send of its verification: what became of resends says less about a carrier.</summary>
    public bool IsFirst { get; init; }

    public required AttemptStatus Status { get; init; }

    /// <summary>The carrier that took it, or refused it last.</summary>
    public string? Carrier { get; init; }

    /// <summary>The carrier's own name for the message.</summary>
    public string? CarrierMessageId { get; init; }

    /// <summary>Why it failed or was not delivered.</summary>
    public DeliveryError? Error { get; init; }

    /// <summary>The carrier's own error.</summary>
    public string? CarrierCode { get; init; }

    public string? Locale { get; init; }

    public int Segments { get; init; }

    /// <summary>The route that was followed; null for none but the order of the carriers.</summary>
    public string? Route { get; init; }

    /// <summary>The carriers that were tried, in order, each with why it was its turn and what it said.</summary>
    public IReadOnlyList<SendTry> Tries { get; init; } = [];

    /// <summary>How many tries there were beside these: of very many the first and the last are kept.</summary>
    public int TriesLeftOut => Tries.Sum(static tried => tried.LeftOut);

    /// <summary>What the carrier charged.</summary>
    public decimal? Price { get; init; }

    /// <summary>ISO 4217, lower case.</summary>
    public string? Currency { get; init; }

    public string? MobileCountryCode { get; init; }

    public string? MobileNetworkCode { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>One carrier's turn at one message.</summary>
/// <param name="Carrier">Its name.</param>
/// <param name="At">When it was handed the message.</param>
/// <param name="Milliseconds">Until it answered, or was given up.</param>
/// <param name="Error">Why it did not take it; null when it did.</param>
/// <param name="CarrierCode">The carrier's own error.</param>
/// <param name="Reason">Why it was its turn.</param>
public sealed record SendTry(string Carrier, DateTimeOffset At, int Milliseconds, DeliveryError? Error, string? CarrierCode, string Reason)
{
    /// <summary>The carrier's own name for the message, when it took it.</summary>
    public string? CarrierMessageId { get; init; }

    /// <summary>How many tries before this one are not kept.</summary>
    public int LeftOut { get; init; }

    /// <summary>Why the sandbox was asked: where it serves a message it serves it alone.</summary>
    public const string SandboxReason = "only the sandbox serves it: a test number, a number or mailbox of fiction, or an account without carriers of its own.";

    /// <summary>The try of a message that the sandbox took at once, which stores do not keep: it is the same of all of them.</summary>
    public static SendTry OfSandbox(DateTimeOffset at) => new(CarrierDirectory.SandboxName, at, 0, null, null, SandboxReason);
}

/// <summary>How an attempt stands. The numbers are stored.</summary>
public enum AttemptStatus
{
    /// <summary>A carrier took it.</summary>
    Sent = 1,

    /// <summary>No carrier took it.</summary>
    Failed = 2,

    /// <summary>It was not sent, since nobody could use it any more: its code had run out, or its verification had ended.</summary>
    TooLate = 3,

    /// <summary>The phone or mailbox has it, or the call was answered.</summary>
    Delivered = 4,

    /// <summary>A carrier took it, and it did not arrive.</summary>
    Undelivered = 5,

    /// <summary>The person has seen it.</summary>
    Read = 6,
}

/// <summary>How receipts move attempts.</summary>
public static class AttemptStatuses
{
    /// <summary>
    /// The attempt after a receipt; null when the receipt changes nothing. The carrier's later stages win, in whatever order they arrive; delivery wins over a failure that
    /// was said before it or is said after it, since the phone has the message either way.
    /// </summary>
    public static AttemptRecord? After(AttemptRecord attempt, Receipt receipt, DateTimeOffset now)
    {
        var status = receipt.Status switch
        {
            ReceiptStatus.Delivered => AttemptStatus.Delivered,
            ReceiptStatus.Undelivered => AttemptStatus.Undelivered,
            ReceiptStatus.Read => AttemptStatus.Read,
            _ => AttemptStatus.Sent,
        };
        var advances = Rank(status) > Rank(attempt.Status);
        var next = attempt with
        {
            Status = advances ? status : attempt.Status,
            Error = !advances ? attempt.Error : status == AttemptStatus.Undelivered ? receipt.Error ?? DeliveryError.Unknown : null,
            CarrierCode = !advances ? attempt.CarrierCode : status == AttemptStatus.Undelivered ? receipt.CarrierCode : null,
            Price = attempt.Price ?? receipt.Price,
            Currency = attempt.Price is null ? receipt.Currency : attempt.Currency,
            MobileCountryCode = attempt.MobileCountryCode ?? receipt.MobileCountryCode,
            MobileNetworkCode = attempt.MobileNetworkCode ?? receipt.MobileNetworkCode,
        };
        return next == attempt ? null : next with { UpdatedAt = now };
    }

    /// <summary>Whether a receipt that changes nothing says of an attempt once more that it did not arrive.</summary>
    public static bool IsSaidAgain(AttemptRecord attempt, Receipt receipt) =>
        attempt.Status == AttemptStatus.Undelivered && receipt.Status == ReceiptStatus.Undelivered;

    static int Rank(AttemptStatus status) => status switch
    {
        AttemptStatus.Sent or AttemptStatus.Failed or AttemptStatus.TooLate => 1,
        AttemptStatus.Undelivered => 2,
        AttemptStatus.Delivered => 3,
        _ => 4,
    };
}
