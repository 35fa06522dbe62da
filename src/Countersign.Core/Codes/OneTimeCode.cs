using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Countersign.Core.Codes;

/// <summary>A code in memory. It prints as dots, so that no log, exception or debugger window shows it by accident.</summary>
public sealed class OneTimeCode(string digits)
{
    /// <summary>The code itself: only for rendering a message, hashing and sealing.</summary>
    public string Reveal() => digits;

    /// <summary>Compares in time that depends on the lengths alone.</summary>
    public bool Matches(string typed) =>
        CryptographicOperations.FixedTimeEquals(MemoryMarshal.AsBytes(digits.AsSpan()), MemoryMarshal.AsBytes(typed.AsSpan()));

    public override string ToString() => "••••••";
}
