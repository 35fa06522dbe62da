namespace Countersign.Core.Numbers;

/// <summary>Where a code goes: a <see cref="PhoneNumber"/> or an <see cref="EmailAddress"/>. Personal data: it prints masked.</summary>
public abstract class Destination
{
    /// <summary>The plain value: for carriers, sealing and the caller's own answer, nothing else.</summary>
    public abstract string Reveal();

    /// <summary>
    /// The plain value in the one form that all spellings of the same destination share: for indexing and for telling two destinations apart, nothing else.
    /// It may differ from <see cref="Reveal"/> in the case of letters only. As personal as the value.
    /// </summary>
    public virtual string Identity => Reveal();

    /// <summary>
    /// The destination that counts where it is limited how much is sent: one for all spellings that reach the same person, also where they are destinations of their own. Itself where
    /// no other is known. Nothing is sent there, and nobody is told of it.
    /// </summary>
    public virtual Destination Counted => this;

    /// <summary>ISO 3166-1 alpha-2 country, or <c>ZZ</c> where none is known.</summary>
    public abstract string Country { get; }

    /// <summary>What a store kept of <see cref="Reveal"/>: a number where it starts with a plus sign and has no <c>@</c>, else a mailbox. It is not judged again.</summary>
    /// <exception cref="FormatException">The text was never a destination of ours.</exception>
    public static Destination Restore(string plain) =>
        plain.StartsWith('+') && !plain.Contains('@') ? PhoneNumber.Restore(plain) : EmailAddress.Restore(plain);

    /// <summary>The masked form, for people and logs.</summary>
    public abstract override string ToString();
}
