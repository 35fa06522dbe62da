using System.Buffers.Binary;
using System.Globalization;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Numbers;
using Countersign.Core.Verifications;

namespace Countersign.Storage.Steps;

/// <summary>
/// A pending verification as most are, in one piece without references: to a phone number, sent once, with a code of ours and nothing else said. Thousands of them are kept for
/// minutes, and as objects each would be a dozen that every collection of the youngest has to move on.
/// </summary>
readonly struct CompactVerification
{
    const int NonceBytes = 16;

    readonly Sid _sid, _service, _account, _attempt;
    readonly UInt128 _nonce;
    readonly ulong _digits;
    readonly long _created, _updated, _expires, _sent;
    readonly int _keyId;
    readonly Channel _channel, _attemptChannel;
    readonly byte _checks, _length;
    readonly bool _free, _clear;

    CompactVerification(Verification verification, ulong digits)
    {
        var attempt = verification.Attempts[0];
        (_sid, _service, _account, _attempt) = (verification.Sid, verification.ServiceSid, verification.AccountSid, attempt.Sid);
        _nonce = BinaryPrimitives.ReadUInt128BigEndian(verification.Code.Nonce);
        _digits = digits;
        (_created, _updated) = (verification.CreatedAt.UtcTicks, verification.UpdatedAt.UtcTicks);
        (_expires, _sent) = (verification.ExpiresAt.UtcTicks, attempt.At.UtcTicks);
        _keyId = verification.Code.KeyId;
        (_channel, _attemptChannel) = (verification.Channel, attempt.Channel);
        (_checks, _length) = ((byte)verification.Checks, (byte)verification.Code.Length);
        (_free, _clear) = (attempt.Free, ReferenceEquals(verification.Details, VerificationDetails.Clear));
    }

    /// <summary>When the code stops being good, in ticks of UTC.</summary>
    public long ExpiresAt => _expires;

    /// <summary>Whether a verification is as most are; false leaves <paramref name="compact"/> empty.</summary>
    public static bool TryMake(Verification verification, out CompactVerification compact)
    {
        compact = default;
        var plain = ReferenceEquals(verification.Details, VerificationDetails.Nothing) || ReferenceEquals(verification.Details, VerificationDetails.Clear);
        if (!plain || verification is not
            {
                Status: VerificationStatus.Pending, To: PhoneNumber to, Attempts.Length: 1, Checks: >= 0 and <= byte.MaxValue,
                Code: { CustomHash: null, Nonce.Length: NonceBytes, Length: >= 0 and <= byte.MaxValue },
            } || !ulong.TryParse(to.Reveal().AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var digits))
        {
            return false;
        }

        compact = new CompactVerification(verification, digits);
        return true;
    }

    /// <summary>The verification that it was made of.</summary>
    public Verification Restore()
    {
        var nonce = new byte[NonceBytes];
        BinaryPrimitives.WriteUInt128BigEndian(nonce, _nonce);
        return new Verification
        {
            Sid = _sid,
            ServiceSid = _service,
            AccountSid = _account,
            To = PhoneNumber.Restore(string.Create(CultureInfo.InvariantCulture, $"+{_digits}")),
            Status = VerificationStatus.Pending,
            Channel = _channel,
            CreatedAt = At(_created),
            UpdatedAt = At(_updated),
            ExpiresAt = At(_expires),
            Checks = _checks,
            Code = new CodeSeed { KeyId = _keyId, Nonce = nonce, Length = _length },
            Details = _clear ? VerificationDetails.Clear : VerificationDetails.Nothing,
            Attempts = [new SendAttempt(_attempt, At(_sent), _attemptChannel, _free)],
        };
    }

    static DateTimeOffset At(long ticks) => new(ticks, TimeSpan.Zero);
}
