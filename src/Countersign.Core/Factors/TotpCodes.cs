using System.Security.Cryptography;
using System.Text;
using Countersign.Core.Codes;
using OtpNet;

namespace Countersign.Core.Factors;

/// <summary>The codes of authenticator apps (RFC 6238). Pure.</summary>
public static class TotpCodes
{
    /// <summary>The step that a moment lies in.</summary>
    public static long StepAt(TotpBinding binding, DateTimeOffset moment) => moment.ToUnixTimeSeconds() / binding.TimeStep;

    /// <summary>The code of a step.</summary>
    public static string CodeOf(TotpBinding binding, long step)
    {
        var totp = new Totp(binding.Secret.Reveal(), binding.TimeStep, ModeOf(binding.Algorithm), binding.CodeLength);
        return totp.ComputeTotp(DateTimeOffset.FromUnixTimeSeconds(step * binding.TimeStep).UtcDateTime);
    }

    /// <summary>
    /// The step whose code was presented; null for none. Looked at are the steps around now that the skew allows and that are newer than the last one that was accepted, so that a code
    /// is good once, whoever saw it being typed. Each of them is compared, in a time that says nothing of the digits.
    /// </summary>
    public static long? Match(TotpBinding binding, string presented, DateTimeOffset now)
    {
        var given = Encoding.UTF8.GetBytes(TypedCode.Plain(presented));
        var current = StepAt(binding, now);
        long? matched = null;
        for (var step = Math.Max(current - binding.Skew, 0); step <= current + binding.Skew; step++)
        {
            var isCode = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(CodeOf(binding, step)), given);
            matched = isCode && step > binding.LastStep ? step : matched;
        }

        return matched;
    }

    /// <summary>The same binding with steps of another length: what was used up stays so.</summary>
    public static TotpBinding WithTimeStep(TotpBinding binding, int timeStep) => timeStep == binding.TimeStep ? binding : binding with
    {
        TimeStep = timeStep,
        LastStep = binding.LastStep < 0 ? -1 : (((binding.LastStep + 1) * binding.TimeStep) - 1) / timeStep,
    };

    /// <summary>What an authenticator app reads from a QR code.</summary>
    public static string UriOf(TotpBinding binding, string issuer, string friendlyName)
    {
        // The colon is what parts issuer and name, so neither may bring one; apps read the issuer's own parameter anyway.
        var (by, name) = (Uri.EscapeDataString(issuer), Uri.EscapeDataString(friendlyName));
        return string.Create(null, $"otpauth://totp/{by}:{name}?secret={Base32Of(binding.Secret)}&issuer={by}&algorithm={NameOf(binding.Algorithm)}&digits={binding.CodeLength}&period={binding.TimeStep}");
    }

    /// <summary>The secret as apps take it: Base32 without padding.</summary>
    public static string Base32Of(TotpSecret secret) => Base32Encoding.ToString(secret.Reveal()).TrimEnd('=');

    /// <summary>Reads a secret as apps take it, in either case and with or without padding; null where it is none, or of another length than a secret may have.</summary>
    public static TotpSecret? Parse(string text)
    {
        var letters = text.TrimEnd('=').ToUpperInvariant();
        if (letters.Length > TotpSecret.MaxBytes * 8 / 5 + 1 || !letters.All(static letter => letter is (>= 'A' and <= 'Z') or (>= '2' and <= '7')) || letters.Length % 8 is 1 or 3 or 6)
        {
            return null;
        }

        var bytes = letters.Length == 0 ? [] : Base32Encoding.ToBytes(letters);
        return bytes.Length is >= TotpSecret.MinBytes and <= TotpSecret.MaxBytes ? new TotpSecret(bytes) : null;
    }

    /// <summary>A new secret of 160 bits, as RFC 4226 recommends.</summary>
    public static TotpSecret NewSecret(RandomSource random)
    {
        var bytes = new byte[20];
        random.Fill(bytes);
        return new TotpSecret(bytes);
    }

    static string NameOf(TotpAlgorithm algorithm) => algorithm switch
    {
        TotpAlgorithm.Sha256 => "SHA256",
        TotpAlgorithm.Sha512 => "SHA512",
        _ => "SHA1",
    };

    static OtpHashMode ModeOf(TotpAlgorithm algorithm) => algorithm switch
    {
        TotpAlgorithm.Sha256 => OtpHashMode.Sha256,
        TotpAlgorithm.Sha512 => OtpHashMode.Sha512,
        _ => OtpHashMode.Sha1,
    };
}
