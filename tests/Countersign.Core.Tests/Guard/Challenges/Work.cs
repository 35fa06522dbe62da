using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Guard.Challenges;

namespace Countersign.Core.Tests.Guard.Challenges;

/// <summary>Solves challenges as ALTCHA's widget does, from its documentation and with nothing of ours.</summary>
static class Work
{
    /// <summary>The number.</summary>
    public static int Solve(Challenge challenge)
    {
        for (var number = 0; number <= challenge.MaxNumber; number++)
        {
            var hash = SHA256.HashData(Encoding.ASCII.GetBytes(challenge.Salt + number.ToString(CultureInfo.InvariantCulture)));
            if (Convert.ToHexStringLower(hash) == challenge.Hash)
            {
                return number;
            }
        }

        throw new InvalidOperationException("No number solves it.");
    }

    /// <summary>The payload of a solved challenge.</summary>
    public static string Payload(Challenge challenge) => Payload(challenge, Solve(challenge).ToString(CultureInfo.InvariantCulture));

    /// <summary>A payload with whatever as the number's JSON, and more members behind.</summary>
    public static string Payload(Challenge challenge, string number, string more = "") => Encode(
        $$"""{"algorithm":"SHA-256","challenge":"{{challenge.Hash}}","number":{{number}},"salt":"{{challenge.Salt}}","signature":"{{challenge.Signature}}"{{more}}}""");

    public static string Encode(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json));

    public static string Decode(string payload) => Encoding.UTF8.GetString(Convert.FromBase64String(payload));
}
