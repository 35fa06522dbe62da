using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Storage.Sqlite;

/// <summary>Attempt rows: the history of what was sent, by whom, and what came of it.</summary>
sealed class AttemptRows(WriteContext context)
{
    /// <summary>In the order in which <see cref="Read"/> expects them behind the id.</summary>
    public const string Columns = """
        sid, verification_sid, service_sid, account_sid, channel, is_first, status, carrier, carrier_message_id, error, carrier_code, locale, segments, route, tries,
        charge, created_at, updated_at, country
        """;

    readonly Statement _insert = context.Prepare("""
        INSERT INTO attempt
            (id, sid, verification_sid, service_sid, account_sid, channel, is_first, status, carrier, carrier_message_id, failure, error, carrier_code, locale, segments,
             route, tries, created_at, updated_at, country)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)
        """);

    readonly Statement _find = context.Prepare($"SELECT id, {Columns} FROM attempt WHERE id BETWEEN ?1 AND ?2");

    // The same condition as the index's, or it would not be used.
    readonly Statement _findByMessage = context.Prepare(
        $"SELECT id, {Columns} FROM attempt WHERE carrier_message_id = ?1 AND carrier_message_id IS NOT NULL AND carrier <> 'sandbox' AND carrier = ?2 AND account_sid = ?3 ORDER BY id DESC LIMIT 1");

    readonly Statement _update = context.Prepare("UPDATE attempt SET status = ?1, failure = ?2, error = ?3, carrier_code = ?4, charge = ?5, updated_at = ?6 WHERE id = ?7");

    public void Insert(AttemptRecord attempt)
    {
        for (var offset = 0; offset < VerificationRows.Neighbours; offset++)
        {
            _insert
                .Bind(VerificationRows.IdOf(attempt.Sid) + offset).Bind(attempt.Sid).Bind(attempt.VerificationSid).Bind(attempt.ServiceSid).Bind(attempt.AccountSid)
                .Bind((long)attempt.Channel).Bind(attempt.IsFirst ? 1L : 0L).Bind((long)attempt.Status).Bind(attempt.Carrier).Bind(attempt.CarrierMessageId)
                .Bind(attempt.Error is { } error ? (int)DeliveryErrors.ClassOf(error) : (int?)null).Bind((int?)attempt.Error).Bind(attempt.CarrierCode).Bind(attempt.Locale)
                .Bind((long)attempt.Segments).Bind(attempt.Route).Bind(TryDocument.Write(attempt.Tries)).Bind(attempt.CreatedAt).Bind(attempt.UpdatedAt)
                .Bind(attempt.Country);
            if (_insert.Run())
            {
                return;
            }
        }

        throw new InvalidOperationException("No free key for an attempt row.");
    }

    /// <summary>The attempt of that SID; null where there is none.</summary>
    public (long Id, AttemptRecord Attempt)? Find(Sid sid)
    {
        _find.Bind(VerificationRows.IdOf(sid)).Bind(VerificationRows.IdOf(sid) + VerificationRows.Neighbours - 1);
        try
        {
            while (_find.Read())
            {
                if (_find.Sid(1, "VL") == sid)
                {
                    return (_find.Long(0), Read(_find));
                }
            }

            return null;
        }
        finally
        {
            _find.Reset();
        }
    }

    /// <summary>Whether there is an attempt of that SID.</summary>
    public bool Has(Sid sid)
    {
        _find.Bind(VerificationRows.IdOf(sid)).Bind(VerificationRows.IdOf(sid) + VerificationRows.Neighbours - 1);
        var has = false;
        while (!has && _find.Read())
        {
            has = _find.Sid(1, "VL") == sid;
        }

        _find.Reset();
        return has;
    }

    /// <summary>The newest attempt that an account's carrier gave that name; null where there is none.</summary>
    public (long Id, AttemptRecord Attempt)? FindByMessage(Sid account, string carrier, string carrierMessageId)
    {
        _findByMessage.Bind(carrierMessageId).Bind(carrier).Bind(account);
        try
        {
            return _findByMessage.Read() ? (_findByMessage.Long(0), Read(_findByMessage)) : null;
        }
        finally
        {
            _findByMessage.Reset();
        }
    }

    /// <summary>Writes what receipts change.</summary>
    public void Update(long id, AttemptRecord attempt) => _update
        .Bind((long)attempt.Status).Bind(attempt.Error is { } error ? (int)DeliveryErrors.ClassOf(error) : (int?)null).Bind((int?)attempt.Error).Bind(attempt.CarrierCode)
        .Bind(ChargeDocument.Write(attempt)).Bind(attempt.UpdatedAt).Bind(id).Run();

    public static AttemptRecord Read(Statement row)
    {
        var charge = row.IsNull(16) ? null : System.Text.Json.JsonSerializer.Deserialize(row.Text(16), StorageJson.Default.ChargeDocument);
        return new AttemptRecord
        {
            Sid = row.Sid(1, "VL"),
            VerificationSid = row.Sid(2, "VE"),
            ServiceSid = row.Sid(3, "VA"),
            AccountSid = row.IsNull(4) ? default : row.Sid(4, "AC"),
            Channel = (Channel)row.Int(5),
            IsFirst = row.Int(6) == 1,
            Status = (AttemptStatus)row.Int(7),
            Carrier = TextOrNull(row, 8),
            CarrierMessageId = TextOrNull(row, 9),
            Error = row.IsNull(10) ? null : (DeliveryError)row.Int(10),
            CarrierCode = TextOrNull(row, 11),
            Locale = TextOrNull(row, 12),
            Segments = row.Int(13),
            Route = TextOrNull(row, 14),
            Tries = row.IsNull(15) ? [] : TryDocument.Read(row.Text(15)),
            Price = charge?.Price,
            Currency = charge?.Currency,
            MobileCountryCode = charge?.Mcc,
            MobileNetworkCode = charge?.Mnc,
            CreatedAt = row.Moment(17),
            UpdatedAt = row.Moment(18),
            Country = TextOrNull(row, 19),
        };
    }

    static string? TextOrNull(Statement row, int column) => row.IsNull(column) ? null : row.Text(column);
}
