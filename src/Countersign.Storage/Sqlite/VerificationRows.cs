using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Codes;
using Countersign.Core.Privacy;
using Countersign.Core.Verifications;

namespace Countersign.Storage.Sqlite;

/// <summary>Reads and writes verification rows on one connection.</summary>
sealed class VerificationRows(WriteContext context, Sealer sealer)
{
    /// <summary>
    /// Rows whose SIDs share their first 63 bits lie side by side, so many at most: room for 20,000 starts in one millisecond, in case a clock stands still.
    /// </summary>
    public const int Neighbours = 64;

    readonly Statement _find = context.Prepare("""
        SELECT id, sid, service_sid, account_sid, status, channel, created_at, updated_at, expires_at, checks, key_id, nonce, code_length, custom_hash, attempts, personal
        FROM verification WHERE id BETWEEN ?1 AND ?2
        """);

    readonly Statement _destination = context.Prepare("SELECT destination FROM verification WHERE id = ?1");

    readonly Statement _insert = context.Prepare("""
        INSERT INTO verification
            (id, sid, service_sid, account_sid, destination, status, channel, created_at, updated_at, expires_at, checks, key_id, nonce, code_length, custom_hash, attempts, personal)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
        """);

    readonly Statement _updateState = context.Prepare("UPDATE verification SET status = ?1, checks = ?2, updated_at = ?3 WHERE id = ?4");

    readonly Statement _updateSend = context.Prepare("""
        UPDATE verification SET status = ?1, checks = ?2, updated_at = ?3, channel = ?4, expires_at = ?5, attempts = ?6, personal = ?7 WHERE id = ?8
        """);

    /// <summary>The key of a row: the first 63 bits of its SID.</summary>
    public static long IdOf(Sid sid) => (long)(ulong)(sid.Value >> 65);

    /// <summary>The verification with that SID; null where there is none.</summary>
    public (long Id, Verification Verification)? Find(Sid sid)
    {
        Span<byte> wanted = stackalloc byte[16];
        sid.WriteTo(wanted);

        _find.Bind(IdOf(sid)).Bind(IdOf(sid) + Neighbours - 1);
        try
        {
            while (_find.Read())
            {
                if (_find.Bytes(1).SequenceEqual(wanted))
                {
                    return (_find.Long(0), Read(sid));
                }
            }

            return null;
        }
        finally
        {
            // A row that cannot be opened throws, and the statement must be ready for the next one all the same.
            _find.Reset();
        }
    }

    /// <summary>The destination of a row, by which its newest verification is found.</summary>
    public UInt128 DestinationOf(long id)
    {
        _destination.Bind(id);
        try
        {
            return _destination.Read() ? _destination.UInt128(0) : throw new InvalidOperationException("The row is gone.");
        }
        finally
        {
            _destination.Reset();
        }
    }

    public void Insert(Verification verification, UInt128 destination)
    {
        var personal = PersonalDocument.Seal(sealer, verification.Sid, verification.To, verification.Details);
        Span<byte> attempts = stackalloc byte[verification.Attempts.Length * SendAttemptBytes.PerAttempt];
        SendAttemptBytes.Write(verification.Attempts, attempts);

        for (var offset = 0; offset < Neighbours; offset++)
        {
            _insert
                .Bind(IdOf(verification.Sid) + offset).Bind(verification.Sid).Bind(verification.ServiceSid).Bind(verification.AccountSid).Bind(destination)
                .Bind((long)verification.Status).Bind((long)verification.Channel).Bind(verification.CreatedAt).Bind(verification.UpdatedAt).Bind(verification.ExpiresAt)
                .Bind((long)verification.Checks).Bind((long)verification.Code.KeyId).Bind(verification.Code.Nonce).Bind((long)verification.Code.Length).Bind(verification.Code.CustomHash)
                .Bind((ReadOnlySpan<byte>)attempts).Bind(personal);
            if (_insert.Run())
            {
                return;
            }
        }

        throw new InvalidOperationException("No free key for a verification row.");
    }

    /// <summary>Writes what a step changed; the personal part only when it did, since sealing costs more than the row.</summary>
    public void Update(long id, Verification before, Verification after)
    {
        if (before.Attempts == after.Attempts && ReferenceEquals(before.Details, after.Details))
        {
            _updateState.Bind((long)after.Status).Bind((long)after.Checks).Bind(after.UpdatedAt).Bind(id).Run();
            return;
        }

        Span<byte> attempts = stackalloc byte[after.Attempts.Length * SendAttemptBytes.PerAttempt];
        SendAttemptBytes.Write(after.Attempts, attempts);
        _updateSend
            .Bind((long)after.Status).Bind((long)after.Checks).Bind(after.UpdatedAt).Bind((long)after.Channel).Bind(after.ExpiresAt)
            .Bind((ReadOnlySpan<byte>)attempts).Bind(PersonalDocument.Seal(sealer, after.Sid, after.To, after.Details)).Bind(id).Run();
    }

    /// <summary>Fills the memory index at the start, from everything that may be live and the newest of what ended.</summary>
    public void FillNewest(DestinationMap destinations, DateTimeOffset now, TimeSpan longestLife, int remembered)
    {
        using var edge = context.Prepare("SELECT coalesce(min(id), 0) FROM (SELECT id FROM verification ORDER BY id DESC LIMIT ?1)");
        edge.Bind((long)remembered).Read();
        var from = Math.Min(edge.Long(0), IdOf(Sid.FirstAt("VE", now - longestLife)));

        using var newest = context.Prepare("SELECT sid, service_sid, destination, expires_at, checks, status FROM verification WHERE id >= ?1 ORDER BY id");
        newest.Bind(from);
        while (newest.Read())
        {
            var wrong = newest.Int(4) - ((VerificationStatus)newest.Int(5) == VerificationStatus.Approved ? 1 : 0);
            destinations.Set(newest.UInt128(1) ^ newest.UInt128(2), newest.UInt128(0), newest.Moment(3), now, Math.Max(0, wrong));
        }
    }

    Verification Read(Sid sid)
    {
        var (to, details) = PersonalDocument.Open(sealer, sid, _find.Bytes(15));
        return new Verification
        {
            Sid = sid,
            ServiceSid = _find.Sid(2, "VA"),
            AccountSid = _find.Sid(3, "AC"),
            To = to,
            Status = (VerificationStatus)_find.Int(4),
            Channel = (Channel)_find.Int(5),
            CreatedAt = _find.Moment(6),
            UpdatedAt = _find.Moment(7),
            ExpiresAt = _find.Moment(8),
            Checks = _find.Int(9),
            Code = new CodeSeed { KeyId = _find.Int(10), Nonce = _find.Bytes(11).ToArray(), Length = _find.Int(12), CustomHash = _find.BytesOrNull(13) },
            Details = details,
            Attempts = SendAttemptBytes.Read(_find.Bytes(14)),
        };
    }
}
