using Countersign.Core.Verifications;
using static Countersign.Core.Verifications.UpdateVerificationResult;

namespace Countersign.Core.Tests.Verifications;

public sealed class UpdateVerificationTests
{
    readonly Desk _desk = Desk.InMemory().Desk;

    [Theory]
    [InlineData(VerificationStatus.Approved)]
    [InlineData(VerificationStatus.Canceled)]
    public async Task A_pending_one_ends_as_the_caller_says(VerificationStatus status)
    {
        await _desk.StartedAsync(Desk.Ann);
        var bob = await _desk.StartedAsync(Desk.Bob);
        _desk.Time.Advance(TimeSpan.FromSeconds(7));

        var byDestination = Assert.IsType<Updated>(await _desk.EndAsync(status, Desk.Ann)).Verification;
        var bySid = Assert.IsType<Updated>(await _desk.EndAsync(status, sid: bob.Sid)).Verification;

        Assert.All([byDestination, bySid], ended => Assert.Equal((status, Desk.Opening.AddSeconds(7), 0), (ended.Status, ended.UpdatedAt, ended.Checks)));
    }

    [Theory]
    [InlineData(VerificationStatus.Approved, NotFoundReason.Approved)]
    [InlineData(VerificationStatus.Canceled, NotFoundReason.Canceled)]
    public async Task What_ended_does_not_end_again(VerificationStatus first, NotFoundReason reason)
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        await _desk.EndAsync(first, Desk.Ann);

        foreach (var second in new[] { VerificationStatus.Approved, VerificationStatus.Canceled })
        {
            Assert.Equal(new NotFound(reason), await _desk.EndAsync(second, Desk.Ann));
            Assert.Equal(new NotFound(reason), await _desk.EndAsync(second, sid: started.Sid));
        }

        Assert.Equal(first, Assert.IsType<FetchVerificationResult.Found>(await _desk.FetchAsync(sid: started.Sid)).Verification.Status);
    }

    [Fact]
    public async Task What_ran_out_or_was_exhausted_cannot_be_approved()
    {
        var ann = await _desk.StartedAsync(Desk.Ann);
        await _desk.GuessWrongAsync(ann, 5);
        await _desk.StartedAsync(Desk.Bob);
        _desk.Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(new NotFound(NotFoundReason.MaxAttemptsReached), await _desk.EndAsync(VerificationStatus.Approved, Desk.Ann));
        Assert.Equal(new NotFound(NotFoundReason.Expired), await _desk.EndAsync(VerificationStatus.Approved, Desk.Bob));
    }

    [Fact]
    public async Task What_never_was_says_so()
    {
        Assert.Equal(new NotFound(NotFoundReason.NeverExisted), await _desk.EndAsync(VerificationStatus.Canceled, Desk.Ann));
    }
}
