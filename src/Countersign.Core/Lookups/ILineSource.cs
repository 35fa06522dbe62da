using Countersign.Core.Numbers;

namespace Countersign.Core.Lookups;

/// <summary>
/// Knows lines beyond the numbering plan: their carrier, their type where the plan does not tell, the last change of their SIM. Asked by Lookup only, never on the way of a
/// start. What it does not know it leaves null.
/// </summary>
public interface ILineSource
{
    /// <summary>What is known of a number. <paramref name="asked"/> says what is worth paying for: a source may leave out the rest.</summary>
    /// <exception cref="LineSourceAwayException">It could not be asked, or did not answer.</exception>
    ValueTask<LineFacts> FindAsync(PhoneNumber number, LineQuestions asked, CancellationToken ct);
}

/// <summary>A source of lines did not answer, or not in a way that can be read. The message names neither number nor credentials.</summary>
public sealed class LineSourceAwayException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What is asked about a line.</summary>
[Flags]
public enum LineQuestions
{
    None = 0,

    /// <summary>Its type and its carrier.</summary>
    LineType = 1,

    /// <summary>When its SIM was last changed.</summary>
    SimSwap = 2,
}

/// <summary>What is known of a line; null for what is not.</summary>
public sealed record LineFacts
{
    /// <summary>What the source takes it for. <see cref="LineType.Unknown"/> where it cannot tell.</summary>
    public required LineType Type { get; init; }

    /// <summary>MCC (ITU-T E.212), three digits.</summary>
    public string? MobileCountryCode { get; init; }

    /// <summary>MNC, two or three digits.</summary>
    public string? MobileNetworkCode { get; init; }

    public string? CarrierName { get; init; }

    /// <summary>Null where it was not asked for or is not known.</summary>
    public SimSwap? SimSwap { get; init; }

    /// <summary>Why type and carrier could not be found out, as a code of Twilio's error dictionary; null where nothing failed.</summary>
    public int? LineTypeError { get; init; }

    /// <summary>Why the last change of the SIM could not be found out, as such a code; null where nothing failed.</summary>
    public int? SimSwapError { get; init; }
}

/// <summary>The last change of a line's SIM.</summary>
/// <param name="At">When; null where only the period is known.</param>
/// <param name="Period">The period that was asked about, as an ISO 8601 duration such as <c>PT48H</c>.</param>
/// <param name="InPeriod">Whether it was changed within it.</param>
public sealed record SimSwap(DateTimeOffset? At, string? Period, bool? InPeriod);
