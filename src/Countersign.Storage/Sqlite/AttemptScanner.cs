using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Attempts;
using SQLitePCL;

namespace Countersign.Storage.Sqlite;

/// <summary>Looks through attempts beside the writer: a page of a list must not hold it up.</summary>
sealed class AttemptScanner(string path) : IDisposable
{
    readonly SqliteReader _reader = new(path);

    public Task<AttemptSlice> ScanAsync(AttemptScan scan, CancellationToken ct) => _reader.RunAsync(connection => Scan(connection, scan, ct), ct);

    public void Dispose() => _reader.Dispose();

    static AttemptSlice Scan(sqlite3 connection, AttemptScan scan, CancellationToken ct)
    {
        // Note: a row's key may lie a little behind its SID's, so that the bounds are wide by that, and the moment decides.
        var oldest = VerificationRows.IdOf(Sid.FirstAt("VL", scan.From));
        var newest = scan.To is { } to ? VerificationRows.IdOf(Sid.FirstAt("VL", to)) + VerificationRows.Neighbours : long.MaxValue;
        if (scan.Before is { } before && before < (UInt128)newest)
        {
            newest = (long)before;
        }

        using var rows = new Statement(
            connection, $"SELECT id, {AttemptRows.Columns} FROM attempt WHERE id < ?1 AND id >= ?2 ORDER BY id DESC LIMIT ?3");
        rows.Bind(newest).Bind(oldest).Bind((long)scan.Examine + 1);
        var found = new List<(AttemptRecord, UInt128)>();
        UInt128 last = default;
        for (var examined = 0; rows.Read(); examined++)
        {
            if (examined == scan.Examine || found.Count == scan.Size)
            {
                return new AttemptSlice(found, last);
            }

            ct.ThrowIfCancellationRequested();
            last = (UInt128)rows.Long(0);
            if (MayBe(rows, scan) && AttemptRows.Read(rows) is var attempt && scan.Wants(attempt))
            {
                found.Add((attempt, last));
            }
        }

        return new AttemptSlice(found, null);
    }

    /// <summary>By what needs no reading of texts, since most rows are not wanted where few are.</summary>
    static bool MayBe(Statement row, AttemptScan scan) =>
        !row.IsNull(4) && row.Sid(4, "AC") == scan.Account && !row.IsNull(19)
        && (scan.Service is not { } service || row.Sid(3, "VA") == service)
        && (scan.Verification is not { } verification || row.Sid(2, "VE") == verification)
        && (scan.Channel is not { } channel || (Channel)row.Int(5) == channel);
}
