namespace Countersign.Core.Messages;

/// <summary>
/// What a call says, in the order: the greeting, then (where a key press is asked for, to tell a person from a voicemail) the request for it,
/// the announcement and the code, <see cref="Repeats"/> times in all with <see cref="Again"/> between, and the goodbye.
/// It holds the code, so it prints as its language only.
/// </summary>
public sealed record VoiceScript
{
    /// <summary>The BCP 47 tag for the speech engine, always with a region: <c>en-US</c>, <c>nb-NO</c>, <c>zh-HK</c>.</summary>
    public required string Locale { get; init; }

    /// <summary>Says who calls and why.</summary>
    public required string Greeting { get; init; }

    /// <summary>"Your code is:"</summary>
    public required string Announce { get; init; }

    /// <summary>The code, a character an item so that an engine cannot read it as one number; letters are capital, as an engine may take a small one for a word.</summary>
    public required IReadOnlyList<string> Digits { get; init; }

    /// <summary>"Once more:"</summary>
    public required string Again { get; init; }

    /// <summary>Asks for a key press before the code is read.</summary>
    public required string PressKey { get; init; }

    /// <summary>What is said instead of the code where no key was pressed; takes leave by itself.</summary>
    public required string NoKey { get; init; }

    public required string Goodbye { get; init; }

    /// <summary>How often the code is read, the first time included.</summary>
    public required int Repeats { get; init; }

    public override string ToString() => Locale;
}
