using Countersign.Core;
using Countersign.Core.Tests.Verifications;

namespace Countersign.Adapters.Tests.Stores;

/// <summary>An outbox with more in it than any store holds in memory.</summary>
public abstract class OutboxOrderConformance(StoreHome home) : StoreConformance(home)
{
    const int Many = 10_000;
    const int Wave = 2_000;

    [Fact]
    public async Task Of_many_waiting_messages_each_comes_once_and_in_order()
    {
        var sent = await SendAsync(0, Many);

        Assert.Equal(sent, await ClaimAsync(Many));
    }

    [Fact]
    public async Task They_do_so_after_reopening()
    {
        var sent = await SendAsync(0, Many);
        await ReopenAsync();

        Assert.Equal(sent, await ClaimAsync(Many));
    }

    [Fact]
    public async Task They_do_so_while_more_come_in()
    {
        var before = await SendAsync(0, Many);

        var meanwhile = Task.Run(() => SendAsync(Many, Many));
        var claimed = await ClaimAsync(2 * Many);

        Assert.Equal([.. before, .. await meanwhile], claimed);
    }

    [Fact]
    public async Task They_do_so_after_reopening_while_more_come_in_and_outcomes_are_recorded()
    {
        var before = await SendAsync(0, 3000);
        await ReopenAsync();

        var meanwhile = Task.Run(() => SendAsync(3000, Many));
        var claimed = await ClaimAsync(Many + 3000, record: true);

        Assert.Equal([.. before, .. await meanwhile], claimed);
        Assert.Equal(0, (await Store.Outbox.DepthAsync(Ct)).Waiting);
    }

    [Fact]
    public async Task A_dispatcher_that_keeps_up_and_falls_behind_by_turns_gets_each_once_and_in_order()
    {
        var (sent, claimed) = (new List<Sid>(), new List<Sid>());
        foreach (var (sends, claims) in new[] { (500, 500), (9_000, 100), (9_000, 12_000), (100, 6_000), (8_193, 8_193), (1, 1) })
        {
            sent.AddRange(await SendAsync(sent.Count, sends));
            claimed.AddRange(await ClaimAsync(claims));
        }

        Assert.Equal(sent, claimed);
    }

    /// <summary>Starts so many verifications, waves of them at once; their attempts in the order in which they were asked for.</summary>
    async Task<List<Sid>> SendAsync(int from, int count)
    {
        var sent = new List<Sid>(count);
        for (var start = from; start < from + count; start += Wave)
        {
            var wave = await Task.WhenAll(Enumerable.Range(start, Math.Min(Wave, from + count - start))
                .Select(number => Store.Verifications.SendAsync(number, Given.Verification(number, Desk.Opening.AddMilliseconds(number)))));
            sent.AddRange(wave.Select(started => started.Attempts[0].Sid));
        }

        return sent;
    }

    async Task<List<Sid>> ClaimAsync(int count, bool record = false)
    {
        var claimed = new List<Sid>(count);
        while (claimed.Count < count)
        {
            var items = await Store.Outbox.ClaimAsync(Math.Min(256, count - claimed.Count), Ct);
            claimed.AddRange(items.Select(item => item.Attempt.Sid));
            if (record)
                await Store.Outbox.RecordAsync([.. items.Select(OutboxConformance.Sent)], Ct);
        }

        return claimed;
    }
}
