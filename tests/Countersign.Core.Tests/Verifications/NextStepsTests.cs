using Countersign.Core.Channels;
using Countersign.Core.Verifications;

namespace Countersign.Core.Tests.Verifications;

public sealed class NextStepsTests
{
    readonly Desk _desk = Desk.InMemory().Desk;

    [Fact]
    public async Task A_fresh_one_may_be_sent_four_times_more_and_guessed_five_times()
    {
        var next = NextSteps.At(await _desk.StartedAsync(Desk.Ann), Desk.Opening, [Channel.Sms]);

        Assert.Equal((0, 0, 600, 4, 5), Numbers(next));
        Assert.Equal([Channel.Sms], next.Channels);
    }

    [Theory]
    [InlineData(0, 600)]
    [InlineData(1, 600)]
    [InlineData(999, 600)]
    [InlineData(1000, 599)]
    [InlineData(599_000, 1)]
    [InlineData(599_999, 1)]
    public async Task Seconds_are_rounded_up_so_that_nobody_comes_too_early(int milliseconds, int expected)
    {
        var started = await _desk.StartedAsync(Desk.Ann);

        Assert.Equal(expected, NextSteps.At(started, Desk.Opening.AddMilliseconds(milliseconds), [Channel.Sms]).ExpiresSeconds);
    }

    [Fact]
    public async Task When_all_sends_are_used_up_the_next_waits_for_the_code_to_run_out()
    {
        for (var i = 0; i < 4; i++)
            await _desk.StartedAsync(Desk.Ann);
        var last = await _desk.StartedAsync(Desk.Ann);

        Assert.Equal((540, 0, 540, 0, 5), Numbers(NextSteps.At(last, Desk.Opening.AddMinutes(1), [Channel.Sms])));
    }

    [Fact]
    public async Task After_it_ended_a_new_one_may_start_at_once_and_no_guess_is_taken()
    {
        var approved = await _desk.CheckedAsync(_desk.CodeOf(await _desk.StartedAsync(Desk.Ann)), Desk.Ann);
        var expired = await _desk.StartedAsync(Desk.Bob);

        Assert.Equal((0, null, 0, 0, 0), Numbers(NextSteps.At(approved, Desk.Opening, [Channel.Sms])));
        Assert.Equal((0, null, 0, 0, 0), Numbers(NextSteps.At(expired, Desk.Opening.AddMinutes(10), [Channel.Sms])));
    }

    [Fact]
    public async Task After_five_wrong_guesses_a_new_one_waits()
    {
        var started = await _desk.StartedAsync(Desk.Ann);
        _desk.Time.Advance(TimeSpan.FromMinutes(1));
        await _desk.GuessWrongAsync(started, 4);
        var exhausted = await _desk.CheckedAsync(Desk.WrongFor(_desk.CodeOf(started)), Desk.Ann);

        Assert.Equal((540, null, 0, 0, 0), Numbers(NextSteps.At(exhausted, Desk.Opening.AddMinutes(1), [Channel.Sms])));
        Assert.Equal((0, null, 0, 0, 0), Numbers(NextSteps.At(exhausted, Desk.Opening.AddMinutes(20), [Channel.Sms])));
    }

    static (int? Send, int? Check, int Expires, int Sends, int Checks) Numbers(NextSteps next) =>
        (next.NextSendSeconds, next.NextCheckSeconds, next.ExpiresSeconds, next.SendsLeft, next.ChecksLeft);
}
