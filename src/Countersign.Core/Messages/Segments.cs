namespace Countersign.Core.Messages;

/// <summary>
/// Counts the messages that a text is charged as. Joined messages lose room to the header that joins them (3GPP TS 23.040, 9.2.3.24),
/// and a character that takes two units is never cut in two: the unit left at the end of a message then stays empty.
/// </summary>
public static class Segments
{
    const int Gsm7Alone = 160;
    const int Gsm7Joined = 153;
    const int Ucs2Alone = 70;
    const int Ucs2Joined = 67;

    /// <summary>Counts without allocating. An empty text is one message of no units.</summary>
    public static SegmentCount Count(string text) => Count(text.AsSpan());

    /// <inheritdoc cref="Count(string)"/>
    public static SegmentCount Count(ReadOnlySpan<char> text)
    {
        var septets = 0;
        foreach (var c in text)
        {
            var cost = Gsm7.SeptetsOf(c);
            if (cost == 0)
                return CountUcs2(text);
            septets += cost;
        }

        return new SegmentCount(SmsEncoding.Gsm7, septets, septets <= Gsm7Alone ? 1 : JoinedGsm7(text));
    }

    static SegmentCount CountUcs2(ReadOnlySpan<char> text) =>
        new(SmsEncoding.Ucs2, text.Length, text.Length <= Ucs2Alone ? 1 : JoinedUcs2(text));

    static int JoinedGsm7(ReadOnlySpan<char> text)
    {
        var segments = 1;
        var used = 0;
        foreach (var c in text)
            Place(Gsm7.SeptetsOf(c), Gsm7Joined, ref used, ref segments);
        return segments;
    }

    static int JoinedUcs2(ReadOnlySpan<char> text)
    {
        var segments = 1;
        var used = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var isPair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            Place(isPair ? 2 : 1, Ucs2Joined, ref used, ref segments);
            if (isPair)
                i++;
        }

        return segments;
    }

    static void Place(int units, int room, ref int used, ref int segments)
    {
        if (used + units > room)
        {
            segments++;
            used = 0;
        }

        used += units;
    }
}
