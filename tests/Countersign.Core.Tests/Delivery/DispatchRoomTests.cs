using Countersign.Core.Delivery;
using Countersign.Core.Routing;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Delivery;

public sealed class DispatchRoomTests
{
    static readonly Sid A = Sid.Parse("AC000000000000000000000000000000a1", "AC"), B = Sid.Parse("AC000000000000000000000000000000b2", "AC");

    readonly DispatchRoom _room = new(16_384, 2 * 16_384, new FakeTimeProvider());

    [Fact]
    public async Task An_account_has_three_quarters_of_the_places_and_the_next_three_quarters_of_what_is_left()
    {
        Assert.InRange(await FillAsync(A), 12_250, 12_300);

        Assert.True(_room.HasPlaceFor(B));
        Assert.InRange(await FillAsync(B), 3_000, 3_100);
        Assert.True(_room.HasPlaceFor(Sid.Parse("AC000000000000000000000000000000c3", "AC")));
    }

    [Fact]
    public async Task Those_that_wait_for_one_carrier_have_two_thirds_of_the_pauses_and_leave_some_to_others()
    {
        var slow = new CarrierKey(A, "slow");
        var waits = new List<DispatchRoom.CarrierWait>();
        for (var message = 0; message < 28_000; message++)
        {
            Assert.True(_room.HasPlaceFor(A));
            await _room.TakePlacesAsync(1, CancellationToken.None);
            _room.Enter(A);
            waits.Add(_room.WaitFor(slow, isNew: true)!);
        }

        Assert.InRange(waits.Count(wait => wait.HasLeft), 21_800, 21_900);
        await _room.TakePlacesAsync(1, CancellationToken.None);
        _room.Enter(B);
        Assert.True(_room.WaitFor(new CarrierKey(B, "other"), isNew: true)!.HasLeft);
    }

    [Fact]
    public async Task A_carriers_answer_is_kept_also_while_all_places_are_taken_and_the_next_that_comes_free_makes_up_for_it()
    {
        var room = new DispatchRoom(1, 2, new FakeTimeProvider());
        await room.TakePlacesAsync(1, CancellationToken.None);
        var first = room.Enter(A);
        var wait = room.WaitFor(new CarrierKey(A, "slow"), isNew: true)!;
        await room.TakePlacesAsync(1, CancellationToken.None);
        var second = room.Enter(B);

        wait.End();
        second.Release();
        var next = room.TakePlacesAsync(1, CancellationToken.None).AsTask();
        Assert.False(next.IsCompleted);

        first.Release();
        Assert.Equal(1, await next.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
    }

    [Fact]
    public async Task Those_that_wait_for_their_accounts_turn_go_on_one_after_the_other()
    {
        var room = new DispatchRoom(8, 16, new FakeTimeProvider());
        var working = new List<DispatchRoom.Place>();
        while (room.HasPlaceFor(A))
        {
            await room.TakePlacesAsync(1, CancellationToken.None);
            working.Add(room.Enter(A));
        }

        var line = new List<Task<bool>>();
        for (var message = 0; message < 5; message++)
        {
            await room.TakePlacesAsync(1, CancellationToken.None);
            line.Add(room.Enter(A).WaitForTurnAsync(CancellationToken.None));
        }

        Assert.DoesNotContain(line, turn => turn.IsCompleted);
        Assert.True(room.HasPlaceFor(B));
        for (var turn = 0; turn < line.Count; turn++)
        {
            working[turn].Release();
            Assert.True(await line[turn].WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None));
            Assert.DoesNotContain(line.Skip(turn + 1), later => later.IsCompleted);
        }
    }

    async Task<int> FillAsync(Sid account)
    {
        var taken = 0;
        while (_room.HasPlaceFor(account))
        {
            await _room.TakePlacesAsync(1, CancellationToken.None);
            _room.Enter(account);
            taken++;
        }

        return taken;
    }
}
