using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Tests.Privacy;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>
/// Rows are appended, one after another: SQLite then begins a new page beside the full one. A row in between makes it share out the rows of three pages anew, and write all of them to the log.
/// </summary>
public sealed class RowOrderTests : IAsyncDisposable
{
    const int Count = 2_000;

    readonly SqliteHome _home = new();
    readonly ReplayedRandom _random = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Rows_of_one_millisecond_fill_their_pages()
    {
        using var store = new SqliteParts(_home);
        var empty = await PagesAsync();
        await Task.WhenAll(Enumerable.Range(0, Count).Select(number => store.Verifications.SendAsync(number, Started(number))));
        await store.Outbox.RecordAsync([.. (await FullOutbox.ClaimAsync(store.Outbox, Count)).Select(OutboxConformance.Sent)], CancellationToken.None);

        var slots = (long)(await _home.ExecuteAsync("SELECT count(*) FROM outbox_slot"))!;
        Assert.InRange((await PagesAsync() - empty - slots) * 4096.0 / await BytesAsync(), 0.95, 1.05);
    }

    Verification Started(int number) => Given.Verification(number, Desk.Opening) with
    {
        Sid = Sid.NewOrdered("VE", Desk.Opening, _random),
        Attempts = [new SendAttempt(Sid.NewOrdered("VL", Desk.Opening, _random), Desk.Opening, Channel.Sms)],
    };

    async Task<long> PagesAsync() => (long)(await _home.ExecuteAsync("PRAGMA page_count"))! - (long)(await _home.ExecuteAsync("PRAGMA freelist_count"))!;

    /// <summary>What the rows hold: blobs and texts, six bytes of each moment, and some for the rest.</summary>
    async Task<long> BytesAsync() => (long)(await _home.ExecuteAsync("""
        SELECT (SELECT sum(length(sid) + length(service_sid) + length(account_sid) + length(destination) + length(nonce) + length(attempts) + length(personal) + 18 + 40) FROM verification)
             + (SELECT sum(length(sid) + length(verification_sid) + length(service_sid) + length(account_sid) + coalesce(length(carrier), 0) + coalesce(length(carrier_message_id), 0) + 12 + 35) FROM attempt)
        """))!;
}
