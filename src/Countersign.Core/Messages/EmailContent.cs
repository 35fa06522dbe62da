using Countersign.Core.Codes;

namespace Countersign.Core.Messages;

/// <summary>What an e-mail is to say.</summary>
public sealed class EmailRequest
{
    /// <summary>Who asks: the service's name, or the custom one that stands for it.</summary>
    public required string FriendlyName { get; init; }

    public required OneTimeCode Code { get; init; }

    /// <summary>The language asked for; null is English, since an address tells of no country.</summary>
    public string? Locale { get; init; }

    /// <summary>How long the code will be good for; said in whole minutes, rounded down, at least one.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>Adds "do not share this code".</summary>
    public bool DoNotShare { get; init; }

    /// <summary>The amount of the payment being confirmed, with its currency; used only together with <see cref="Payee"/>.</summary>
    public string? Amount { get; init; }

    /// <summary>Who is paid; used only together with <see cref="Amount"/>.</summary>
    public string? Payee { get; init; }
}

/// <summary>A finished e-mail, the same twice: plain text and HTML. It holds the code, so it prints as its language only.</summary>
public sealed record EmailContent
{
    /// <summary>One line without control characters, so that it cannot add a header. Never the code: subjects show on locked screens and in logs of mail servers.</summary>
    public required string Subject { get; init; }

    /// <summary>Lines end with <c>\n</c>.</summary>
    public required string Text { get; init; }

    /// <summary>A whole document without images, links, scripts or style sheets.</summary>
    public required string Html { get; init; }

    /// <summary>The BCP 47 tag of the words that were used.</summary>
    public required string Locale { get; init; }

    public override string ToString() => Locale;
}
