using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Countersign.Bench.Guard;

/// <summary>
/// Does the work of challenges as ALTCHA's libraries do it: tries one number after the other until its hash is the one that was asked for. It knows of a challenge what an error's <c>details.challenge</c>
/// says, and nothing of the server.
/// </summary>
static class AltchaSolver
{
    static long _tries, _ticks;

    /// <summary>Numbers that were tried in this process a second of one thread; 0 before the first.</summary>
    public static double TriesPerSecond => _ticks == 0 ? 0 : _tries * (double)TimeProvider.System.TimestampFrequency / _ticks;

    /// <summary>Numbers that were tried in this process.</summary>
    public static long Tries => _tries;

    /// <summary>The number; an error where none up to <c>maxnumber</c> is it.</summary>
    public static int Solve(OfferedChallenge challenge)
    {
        if (challenge.Algorithm != "SHA-256")
            throw new BenchException($"A challenge wants {challenge.Algorithm}.");
        var from = TimeProvider.System.GetTimestamp();
        Span<byte> wanted = stackalloc byte[SHA256.HashSizeInBytes], hash = stackalloc byte[SHA256.HashSizeInBytes];
        Convert.FromHexString(challenge.Hash, wanted, out _, out _);
        Span<byte> text = new byte[challenge.Salt.Length + 11];
        var salt = Encoding.ASCII.GetBytes(challenge.Salt, text);
        for (var number = 0; number <= challenge.MaxNumber; number++)
        {
            Utf8Formatter.TryFormat(number, text[salt..], out var digits);
            SHA256.HashData(text[..(salt + digits)], hash);
            if (!hash.SequenceEqual(wanted))
                continue;
            Interlocked.Add(ref _tries, number + 1);
            Interlocked.Add(ref _ticks, TimeProvider.System.GetTimestamp() - from);
            return number;
        }

        throw new BenchException("A challenge has no solution.");
    }

    /// <summary>What the widget gives, and a start takes as <c>Challenge</c>.</summary>
    public static string PayloadOf(OfferedChallenge challenge, int number) => Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"algorithm":"{{challenge.Algorithm}}","challenge":"{{challenge.Hash}}","number":{{number}},"salt":"{{challenge.Salt}}","signature":"{{challenge.Signature}}"}""")));
}

/// <summary>A challenge by the members that it has in an error's <c>details.challenge</c>.</summary>
/// <param name="Algorithm"><c>algorithm</c>.</param>
/// <param name="Hash"><c>challenge</c>: hex digits.</param>
/// <param name="MaxNumber"><c>maxnumber</c>.</param>
/// <param name="Salt"><c>salt</c>.</param>
/// <param name="Signature"><c>signature</c>.</param>
sealed record OfferedChallenge(string Algorithm, string Hash, int MaxNumber, string Salt, string Signature);
