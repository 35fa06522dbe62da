using System.Text;

namespace Countersign.Bench.Endure.Scenarios;

/// <summary>Carriers that are slow, or do things twice.</summary>
static class CarrierFaults
{
    // Of no one scenario: receipts come for as long as messages do.
    static readonly HttpClient Http = new(new SocketsHttpHandler { UseProxy = false });

    public static Task SlowAsync(Stage stage)
    {
        stage.Carrier.Behaves = (_, _) => Manner.Slow;

        // No more than it can take: what waits for two minutes is given up, which is another matter.
        stage.Crowd.Pause = TimeSpan.FromMilliseconds(200);
        return stage.UnderLoadAsync(() => stage.PauseAsync(stage.Options.Load.TotalSeconds));
    }

    /// <summary>Some messages are taken and answered badly; they come again, which must make no second verification or approval. Every receipt comes twice.</summary>
    public static async Task TwiceAsync(Stage stage)
    {
        var (reported, refused) = (0, 0);
        stage.Carrier.Behaves = (number, times) => times > 1 ? Manner.Good : (number % 40) switch
        {
            3 => Manner.FailsAfterTaking,
            13 => Manner.HangsUp,
            23 => Manner.TooLate,
            _ when number % 4 == 0 => Manner.TwoAnswers,
            _ => Manner.Good,
        };
        stage.Carrier.AfterTaking = async (callback, attempt) =>
        {
            for (var time = 0; time < 2; time++)
            {
                using var receipt = new StringContent($$"""{"ref":"{{attempt}}","state":"ok"}""", Encoding.UTF8, "application/json");
                using var answer = await Http.PostAsync(new Uri(callback), receipt);
                Interlocked.Increment(ref reported);
                if (!answer.IsSuccessStatusCode)
                {
                    Interlocked.Increment(ref refused);
                }
            }
        };
        await stage.UnderLoadAsync(() => stage.PauseAsync(stage.Options.Load.TotalSeconds));
        stage.Note = $", {reported} receipts";
        if (refused > 0 || reported == 0)
        {
            stage.Problems.Enqueue($"of {reported} receipts {refused} were refused");
        }
    }
}
