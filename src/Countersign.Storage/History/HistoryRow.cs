using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Storage.History;

/// <summary>A verification as every store has it: nothing personal but what is sealed, so that one store's can go into another's without being opened.</summary>
sealed record HistoryRow
{
    public required Sid Sid { get; init; }

    public required int Version { get; init; }

    /// <summary>The destination in the service, see <see cref="VerificationStep.KeyOf"/>.</summary>
    public required UInt128 Key { get; init; }

    public required Sid ServiceSid { get; init; }

    public required Sid AccountSid { get; init; }

    public required VerificationStatus Status { get; init; }

    public required Channel Channel { get; init; }

    public required int Checks { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required CodeSeed Code { get; init; }

    /// <summary>See <see cref="SendAttemptBytes"/>.</summary>
    public required ReadOnlyMemory<byte> Attempts { get; init; }

    /// <summary>See <see cref="PersonalDocument"/>.</summary>
    public required ReadOnlyMemory<byte> Personal { get; init; }

    /// <summary>What <see cref="Open"/> gives, where the node that keeps the row has made it itself; null of what was read.</summary>
    public Verification? Opened { get; init; }

    /// <summary>The verification, its personal part opened.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The seal does not open: the row was damaged.</exception>
    public Verification Open(Sealer sealer)
    {
        if (Opened is { } opened)
        {
            return opened;
        }

        var (to, details) = PersonalDocument.Open(sealer, Sid, Personal.Span);
        return new Verification
        {
            Sid = Sid,
            ServiceSid = ServiceSid,
            AccountSid = AccountSid,
            To = to,
            Status = Status,
            Channel = Channel,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
            ExpiresAt = ExpiresAt,
            Checks = Checks,
            Code = Code,
            Details = details,
            Attempts = SendAttemptBytes.Read(Attempts.Span),
        };
    }
}
