using Countersign.Core.Delivery;

namespace Countersign.Storage.Sqlite;

/// <summary>Writes attempt rows: the history of what was sent, by whom, and what came of it.</summary>
sealed class AttemptRows(WriteContext context)
{
    readonly Statement _insert = context.Prepare("""
        INSERT INTO attempt
            (id, sid, verification_sid, service_sid, channel, status, carrier, carrier_message_id, failure, carrier_code, locale, segments, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        """);

    public void Insert(SendRecord record)
    {
        var attempt = record.Item.Attempt;
        for (var offset = 0; offset < VerificationRows.Neighbours; offset++)
        {
            _insert
                .Bind(VerificationRows.IdOf(attempt.Sid) + offset).Bind(attempt.Sid).Bind(record.Item.Verification.Sid).Bind(record.Item.Verification.ServiceSid)
                .Bind((long)attempt.Channel).Bind((long)record.Status).Bind(record.Carrier).Bind(record.CarrierMessageId).Bind((int?)record.Failure)
                .Bind(record.CarrierCode).Bind(record.Locale).Bind((long)record.Segments).Bind(attempt.At).Bind(record.At);
            if (_insert.Run())
            {
                return;
            }
        }

        throw new InvalidOperationException("No free key for an attempt row.");
    }
}
