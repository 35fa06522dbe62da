namespace Countersign.Core.Messages;

/// <summary>What a call says, piece by piece, so that an adapter can put pauses between them. It holds the code, so it prints as its language only.</summary>
public sealed record VoiceScript
{
    /// <summary>The BCP 47 tag for the speech engine, for example <c>en-GB</c>.</summary>
    public required string Locale { get; init; }

    /// <summary>Who calls and why.</summary>
    public required string Greeting { get; init; }

    /// <summary>What leads to the code.</summary>
    public required string Announce { get; init; }

    /// <summary>The code, one digit or letter each.</summary>
    public required IReadOnlyList<string> Digits { get; init; }

    /// <summary>What leads to the code's repetition.</summary>
    public required string Again { get; init; }

    /// <summary>Asks for a key, so that no answering machine takes the code.</summary>
    public required string PressKey { get; init; }

    /// <summary>Said when no key came.</summary>
    public required string NoKey { get; init; }

    public required string Goodbye { get; init; }

    /// <summary>How often the code is read out, 1 to 5.</summary>
    public int Repeats { get; init; } = 3;

    public override string ToString() => Locale;
}
