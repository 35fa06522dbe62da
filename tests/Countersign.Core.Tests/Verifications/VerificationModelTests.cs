using CsCheck;

namespace Countersign.Core.Tests.Verifications;

public sealed class VerificationModelTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_any_game_the_use_cases_answer_as_the_rules_say(bool overDays)
    {
        await Move.Game(overDays ? 200 : 80, overDays).SampleAsync(
            async moves =>
            {
                var (model, player, desk) = (new ReferenceModel(), new Player(), Desk.InMemory().Desk);
                desk.Service = desk.Service with { CustomCodeEnabled = true };
                foreach (var move in moves)
                    Assert.Equal(model.Play(move), await player.PlayAsync(desk, move));
            },
            iter: overDays ? 1500 : 3000);
    }
}
