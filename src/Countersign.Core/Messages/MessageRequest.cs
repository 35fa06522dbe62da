using Countersign.Core.Codes;
using Countersign.Core.Messages.Senders;
using Countersign.Core.Numbers;

namespace Countersign.Core.Messages;

/// <summary>
/// What a message is to say. An <see cref="AppHash"/> or <see cref="WebOtpHost"/> that <see cref="Autofill"/> does not accept is a bug
/// in the caller and throws <see cref="ArgumentException"/>: sent, it would silently lose the person their autofill.
/// </summary>
public sealed class MessageRequest
{
    internal const string AmountName = "amount";
    internal const string PayeeName = "payee";

    /// <summary>Who asks: the service's name, or the custom one that stands for it.</summary>
    public required string FriendlyName { get; init; }

    public required OneTimeCode Code { get; init; }

    /// <summary>Its country gives the language where <see cref="Locale"/> does not.</summary>
    public required Destination To { get; init; }

    /// <summary>
    /// The language asked for, or null for that of the destination's country. Give a template's own tag (<c>es-MX</c>) as it is:
    /// what has no text of that tag is looked for by its language.
    /// </summary>
    public string? Locale { get; init; }

    /// <summary>
    /// Leaves <see cref="FriendlyName"/> out, for a country that is sent to so (<see cref="SenderRule.Brandless"/>).
    /// For the built-in text alone: a template that names the service gives way to it, so it is not asked for where one is to be sent.
    /// </summary>
    public bool Brandless { get; init; }

    /// <summary>Adds "do not share this code" where it costs no further segment.</summary>
    public bool DoNotShare { get; init; }

    /// <summary>The hash of an Android app that reads the message (SMS Retriever), else null.</summary>
    public string? AppHash
    {
        get;
        init => field = value is null || Autofill.IsAppHash(value)
            ? value
            : throw new ArgumentException("Not the 11-character hash of an Android app.", nameof(value));
    }

    /// <summary>The host of the web site that may fill the code in (WebOTP, Safari), else null.</summary>
    public string? WebOtpHost
    {
        get;
        init => field = value is null || Autofill.IsWebOtpHost(value)
            ? value
            : throw new ArgumentException("Not a bare ASCII host name.", nameof(value));
    }

    /// <summary>The amount of the payment being confirmed, with its currency; used only together with <see cref="Payee"/>.</summary>
    public string? Amount { get; init; }

    /// <summary>Who is paid; used only together with <see cref="Amount"/>.</summary>
    public string? Payee { get; init; }

    /// <summary>The operator's own text, or null for the built-in one.</summary>
    public MessageTemplate? Template { get; init; }

    /// <summary>Values for the template's own variables; those it does not have are ignored.</summary>
    public IReadOnlyDictionary<string, string>? Substitutions { get; init; }

    internal bool ConfirmsPayment => Amount is not null && Payee is not null;

    /// <summary>The value of a placeholder other than the name and the code, or null.</summary>
    internal string? ValueOf(string name) => name switch
    {
        AmountName when ConfirmsPayment => Amount,
        PayeeName when ConfirmsPayment => Payee,
        _ => Substitutions?.GetValueOrDefault(name),
    };
}
