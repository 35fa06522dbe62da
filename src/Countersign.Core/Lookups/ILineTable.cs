using Countersign.Core.Numbers;

namespace Countersign.Core.Lookups;

/// <summary>What an operator's own table says of ranges of numbers. Answers from memory, so that a start may ask it too.</summary>
public interface ILineTable
{
    /// <summary>What the table says of a number; null where it says nothing.</summary>
    NumberRange? Find(PhoneNumber number);
}

/// <summary>Without a table.</summary>
public sealed class NoLineTable : ILineTable
{
    public NumberRange? Find(PhoneNumber number) => null;
}
