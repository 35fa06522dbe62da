using Countersign.Core.Verifications;
using static Countersign.Core.Verifications.FetchVerificationResult;

namespace Countersign.Core.Tests.Verifications;

public sealed class FetchVerificationTests
{
    readonly Desk _desk = Desk.InMemory().Desk;

    [Fact]
    public async Task A_pending_one_is_found_by_sid_and_by_destination()
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        _desk.Time.Advance(TimeSpan.FromSeconds(3));

        var expected = new Found(started, Desk.Opening.AddSeconds(3));

        Assert.Equal(expected, await _desk.FetchAsync(Desk.Ann));
        Assert.Equal(expected, await _desk.FetchAsync(sid: started.Sid));
    }

    [Theory]
    [InlineData(VerificationStatus.Approved, NotFoundReason.Approved)]
    [InlineData(VerificationStatus.Canceled, NotFoundReason.Canceled)]
    public async Task One_that_ended_is_found_by_sid_only(VerificationStatus status, NotFoundReason reason)
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        await _desk.EndAsync(status, Desk.Ann);

        Assert.Equal(status, Assert.IsType<Found>(await _desk.FetchAsync(sid: started.Sid)).Verification.Status);
        Assert.Equal(new NotFound(reason), await _desk.FetchAsync(Desk.Ann));
    }

    [Fact]
    public async Task One_that_ran_out_is_expired_without_anyone_writing_it()
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        _desk.Time.Advance(TimeSpan.FromMinutes(10));

        var found = Assert.IsType<Found>(await _desk.FetchAsync(sid: started.Sid));

        Assert.Equal(VerificationStatus.Expired, found.Verification.StatusAt(found.Now));
        Assert.Equal(new NotFound(NotFoundReason.Expired), await _desk.FetchAsync(Desk.Ann));
    }

    [Fact]
    public async Task Looking_changes_nothing()
    {
        var started = await _desk.StartedAsync(Desk.Ann);

        for (var i = 0; i < 20; i++)
            await _desk.FetchAsync(Desk.Ann);

        Assert.Equal(started, Assert.IsType<Found>(await _desk.FetchAsync(Desk.Ann)).Verification);
    }
}
