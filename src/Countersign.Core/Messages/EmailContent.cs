namespace Countersign.Core.Messages;

/// <summary>A finished mail. It holds the code, so it prints as its language only.</summary>
public sealed record EmailContent
{
    /// <summary>Without the code.</summary>
    public required string Subject { get; init; }

    public required string Text { get; init; }

    public required string Html { get; init; }

    /// <summary>The language of its words.</summary>
    public required string Locale { get; init; }

    public override string ToString() => Locale;
}
