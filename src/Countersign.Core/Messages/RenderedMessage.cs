namespace Countersign.Core.Messages;

/// <summary>A finished text. It holds the code, so it prints as its size only.</summary>
public sealed class RenderedMessage(string text, string locale, SegmentCount segments)
{
    /// <summary>What the person will read: for carriers and the virtual phone only.</summary>
    public string Text => text;

    /// <summary>The BCP 47 tag of the words that were used, which may be the default when the asked one has none.</summary>
    public string Locale => locale;

    public SegmentCount Segments => segments;

    public override string ToString() => $"{locale}, {segments.Segments} segment(s) {segments.Encoding}";
}
