using Countersign.Core.Channels;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;
using Countersign.Storage.Steps;
using Npgsql;

namespace Countersign.Storage.PostgreSql;

/// <summary>Reads verification rows.</summary>
static class VerificationColumns
{
    public const string List =
        "v.sid, v.version, v.service_sid, v.account_sid, v.status, v.channel, v.checks, v.created_at, v.updated_at, v.expires_at, v.code, v.attempts, v.personal";

    /// <summary>The row whose columns begin at <paramref name="at"/>.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The seal does not open: the row was damaged.</exception>
    public static StoredVerification Read(NpgsqlDataReader row, Sealer sealer, int at = 0)
    {
        var sid = row.GetGuid(at).ToSid("VE");
        var (to, details) = PersonalDocument.Open(sealer, sid, row.GetFieldValue<byte[]>(at + 12));
        var verification = new Verification
        {
            Sid = sid,
            ServiceSid = row.GetGuid(at + 2).ToSid("VA"),
            AccountSid = row.GetGuid(at + 3).ToSid("AC"),
            To = to,
            Status = (VerificationStatus)row.GetInt16(at + 4),
            Channel = (Channel)row.GetInt16(at + 5),
            Checks = row.GetInt16(at + 6),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(at + 7)),
            UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(at + 8)),
            ExpiresAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(at + 9)),
            Code = CodeBytes.Read(row.GetFieldValue<byte[]>(at + 10)),
            Details = details,
            Attempts = SendAttemptBytes.Read(row.GetFieldValue<byte[]>(at + 11)),
        };
        return new StoredVerification(verification, row.GetInt32(at + 1));
    }
}
