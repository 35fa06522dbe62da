using CsCheck;

namespace Countersign.Core.Tests.Verifications;

public sealed class VerificationModelTests
{
    [Fact]
    public async Task In_any_game_the_use_cases_answer_as_the_rules_say()
    {
        await Move.Game(80).SampleAsync(
            async moves =>
            {
                var (model, player, desk) = (new ReferenceModel(), new Player(), Desk.InMemory().Desk);
                desk.Service = desk.Service with { CustomCodeEnabled = true };
                foreach (var move in moves)
                    Assert.Equal(model.Play(move), await player.PlayAsync(desk, move));
            },
            iter: 3000);
    }
}
