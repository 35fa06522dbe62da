namespace Countersign.Core.Numbers;

/// <summary>Where a code goes: a phone number now, a mailbox later. Personal data: it prints masked.</summary>
public abstract class Destination
{
    /// <summary>The plain value: for carriers, sealing, indexing and the caller's own answer, nothing else.</summary>
    public abstract string Reveal();

    /// <summary>ISO 3166-1 alpha-2 country, or <c>ZZ</c> where none is known.</summary>
    public abstract string Country { get; }

    /// <summary>The masked form, for people and logs.</summary>
    public abstract override string ToString();

    public static Destination Restore(string value) => PhoneNumber.Restore(value);
}
