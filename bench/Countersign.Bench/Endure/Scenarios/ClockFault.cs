namespace Countersign.Bench.Endure.Scenarios;

/// <summary>Clocks that are wrong.</summary>
static class ClockFault
{
    static readonly TimeSpan Step = TimeSpan.FromHours(1);

    /// <summary>Stepped forwards and back under load; where there are two nodes, at last in opposite directions. Codes run out by the clock of whoever is asked; all else stands.</summary>
    public static Task StepAsync(Stage stage) => stage.UnderLoadAsync(async () =>
    {
        // Longer than what a step excuses (ClockSteps), so that most messages have no excuse.
        var pause = Math.Max(2, stage.Options.Load.TotalSeconds / 6);
        foreach (var (first, second) in new[] { (Step, TimeSpan.Zero), (TimeSpan.Zero, TimeSpan.Zero), (-Step, TimeSpan.Zero), (Step, -Step), (TimeSpan.Zero, TimeSpan.Zero) })
        {
            for (var node = 0; node < stage.Nodes.Count; node++)
            {
                stage.SetClock(node, node == 0 ? first : second);
            }

            await stage.PauseAsync(pause);
        }
    });
}
