namespace Countersign.Core.Delivery.Receipts;

/// <summary>What a callback means.</summary>
public abstract record CallbackOutcome
{
    /// <summary>It is the carrier's. The receipts are kept, then the reply goes out; an empty list for what tells nothing new.</summary>
    public sealed record Understood(IReadOnlyList<Receipt> Receipts, CallbackReply? Reply = null) : CallbackOutcome;

    /// <summary>Unsigned or wrongly signed, or too old: 403, counted, nothing changed. The reason is a snake_case word.</summary>
    public sealed record Forged(string Reason) : CallbackOutcome;

    /// <summary>Rightly signed, but not to be understood: 400, so that the carrier tells its operator.</summary>
    public sealed record Malformed(string Reason) : CallbackOutcome;

    sealed record Nothing : CallbackOutcome;

    /// <summary>This carrier has no callbacks at this address. Nothing was proven either, so it is answered as what is forged.</summary>
    public static CallbackOutcome NotExpected { get; } = new Nothing();

    CallbackOutcome()
    {
    }
}

/// <summary>What the carrier is answered with 200; nothing where null.</summary>
/// <param name="ContentType">For example <c>text/xml</c>.</param>
/// <param name="Body">May hold a code, as instructions for a call do: it is never logged.</param>
public sealed record CallbackReply(string ContentType, string Body)
{
    public override string ToString() => $"{ContentType} of {Body.Length} characters";
}
