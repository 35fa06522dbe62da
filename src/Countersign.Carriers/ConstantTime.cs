using System.Security.Cryptography;
using System.Text;

namespace Countersign.Carriers;

/// <summary>Compares a signature with the one that it should be, without telling by the time taken how much of it is right.</summary>
static class ConstantTime
{
    /// <summary>Whether both are the same text; a missing one never is.</summary>
    public static bool Equal(string expected, string? given) =>
        given is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));
}
