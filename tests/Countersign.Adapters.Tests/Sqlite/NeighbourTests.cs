using System.Buffers.Binary;
using Countersign.Adapters.Tests.Stores;
using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Tests.Verifications;
using Countersign.Core.Verifications;
using Countersign.Storage.Sqlite;

namespace Countersign.Adapters.Tests.Sqlite;

/// <summary>Rows are keyed by the first 63 bits of their SIDs: what happens when chance makes two of them the same.</summary>
public sealed class NeighbourTests : IAsyncDisposable
{
    readonly SqliteHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task Sids_that_share_their_first_63_bits_are_all_kept_and_found()
    {
        var random = new SameStart(0x1234);
        var store = _home.OpenSqlite();
        var started = new List<Verification>();
        for (var number = 0; number < VerificationRows.Neighbours; number++)
            started.Add(await store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening) with { Sid = Sid.NewOrdered("VE", Desk.Opening, random) }));
        Assert.Single(started.Select(one => VerificationRows.IdOf(one.Sid)).Distinct());

        for (var round = 0; round < 2; round++)
        {
            for (var number = 0; number < started.Count; number++)
            {
                Same.Verification(started[number], await store.Verifications.FindAsync(started[number].Sid));
                Same.Verification(started[number], await store.Verifications.FindAsync(number));
            }

            store.Dispose();
            store = _home.OpenSqlite();
        }

        store.Dispose();
    }

    [Fact]
    public async Task A_change_of_one_leaves_its_neighbours_alone()
    {
        var random = new SameStart(0x1234);
        using var store = _home.OpenSqlite();
        var started = new List<Verification>();
        for (var number = 0; number < 4; number++)
            started.Add(await store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening) with { Sid = Sid.NewOrdered("VE", Desk.Opening, random) }));

        await store.Verifications.ChangeAsync(started[2].Sid, current => current with { Checks = 4 });

        var checks = await Task.WhenAll(started.Select(async one => (await store.Verifications.FindAsync(one.Sid))!.Checks));
        Assert.Equal([0, 0, 4, 0], checks);
    }

    [Fact]
    public async Task Runs_of_neighbours_that_meet_do_not_hide_each_other()
    {
        using var store = _home.OpenSqlite();
        var started = new List<Verification>();
        foreach (var start in new ushort[] { 0x1000, 0x1002, 0x1000, 0x1002, 0x1004, 0x1000, 0x1004, 0x1002 })
        {
            var random = new SameStart(start, started.Count);
            started.Add(await store.Verifications.SendAsync(
                started.Count, Given.Verification(started.Count, Desk.Opening) with { Sid = Sid.NewOrdered("VE", Desk.Opening, random) }));
        }

        foreach (var one in started)
            Same.Verification(one, await store.Verifications.FindAsync(one.Sid));
    }

    [Fact]
    public async Task One_too_many_is_refused_and_those_before_it_stay()
    {
        var random = new SameStart(0x1234);
        using var store = _home.OpenSqlite();
        Task<Verification> StartAsync(int number) =>
            store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening) with { Sid = Sid.NewOrdered("VE", Desk.Opening, random) });
        for (var number = 0; number < VerificationRows.Neighbours; number++)
            await StartAsync(number);

        await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(VerificationRows.Neighbours));

        Assert.Null(await store.Verifications.FindAsync(VerificationRows.Neighbours));
        Assert.NotNull(await store.Verifications.FindAsync(VerificationRows.Neighbours - 1));
        Assert.Equal(VerificationRows.Neighbours, (await store.Outbox.DepthAsync(CancellationToken.None)).Waiting);
    }

    [Fact]
    public async Task Attempts_whose_sids_share_their_first_63_bits_can_all_be_recorded()
    {
        var random = new SameStart(0x1234);
        using var store = _home.OpenSqlite();
        for (var number = 0; number < VerificationRows.Neighbours; number++)
        {
            var attempt = new SendAttempt(Sid.NewOrdered("VL", Desk.Opening, random), Desk.Opening, Channel.Sms);
            await store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening) with { Attempts = [attempt] });
        }

        await store.Outbox.RecordAsync([.. (await store.Outbox.ClaimAsync(100, CancellationToken.None)).Select(OutboxConformance.Sent)], CancellationToken.None);

        Assert.Equal(0, (await store.Outbox.DepthAsync(CancellationToken.None)).Waiting);
    }

    /// <summary>Bytes that begin with the same two, which are what follows a SID's milliseconds, and differ in the end only.</summary>
    sealed class SameStart(ushort start, int count = 0) : RandomSource
    {
        public override void Fill(Span<byte> bytes)
        {
            bytes.Clear();
            BinaryPrimitives.WriteUInt16BigEndian(bytes, start);
            BinaryPrimitives.WriteInt32BigEndian(bytes[^4..], count++);
        }

        public override int NextPlace(long millisecond, int drawn) => drawn;
    }
}
