using System.Net.Sockets;
using Countersign.Bench.Load;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Hot;

/// <summary>Measures what people wait for: start and check; and what operators look at first: start-up time and idle memory.</summary>
static class HotVerb
{
    const int ColdStarts = 3;

    static readonly TimeSpan Idle = TimeSpan.FromSeconds(3);

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--help") || args.Contains("-h"))
        {
            Console.WriteLine(HotOptions.Help);
            return 0;
        }

        var options = HotOptions.Parse(args);
        using var interruption = new Interruption();
        try
        {
            using var turn = await OneAtATime.EnterAsync(interruption.Token);
            var result = await MeasureAsync(options, interruption.Token);
            if (options.JsonPath is { } path)
            {
                await File.WriteAllTextAsync(path, HotReport.Json(result), CancellationToken.None);
            }

            HotReport.Write(result, Console.Out);
            return result.Wrong.Count == 0 ? 0 : Verb.Misbehaved;
        }
        catch (Exception problem) when (interruption.Token.IsCancellationRequested)
        {
            // A server that was interrupted together with us is no failure of the server.
            throw new OperationCanceledException(problem.Message, problem);
        }
    }

    static async Task<HotResult> MeasureAsync(HotOptions options, CancellationToken ct)
    {
        var machine = Machine.Read(Path.GetTempPath());
        var numbers = new Numbers(new Random());
        var (coldStarts, idleMemory) = await MeasureColdStartAsync(numbers, ct);

        using var server = ServerProcess.StartForLoad(options.SandboxCapacity);
        return await ExplainAsync(server, async () =>
        {
            using var phases = new HotPhases(server, numbers, ct);
            await phases.WarmUpAsync(options.MostConnections);
            var measured = await phases.MeasureAsync(options);
            var memory = ProcessReading.Of(server.Id);
            return new HotResult(machine, options.Seconds, coldStarts, idleMemory, memory.Resident, memory.PeakResident, measured);
        });
    }

    /// <summary>Seconds from the start of the process to the first 201, each on a fresh directory; and bytes held after the last one was left alone.</summary>
    static async Task<(double[] Seconds, long IdleMemory)> MeasureColdStartAsync(Numbers numbers, CancellationToken ct)
    {
        var seconds = new double[ColdStarts];
        var idleMemory = 0L;
        for (var i = 0; i < ColdStarts; i++)
        {
            using var server = ServerProcess.StartProduction();
            idleMemory = await ExplainAsync(server, async () =>
            {
                seconds[i] = server.FirstAnswer(new StartWorkload(server.Request(HotPhases.StartPath, StartWorkload.Form), numbers), ct).TotalSeconds;
                Console.Error.WriteLine($"cold start {seconds[i]:0.00} s");
                await Task.Delay(i == ColdStarts - 1 ? Idle : TimeSpan.Zero, ct);
                return ProcessReading.Of(server.Id).Resident;
            });
        }

        return (seconds, idleMemory);
    }

    /// <summary>Adds what the server wrote last to the message of a failure that is, or looks like, the server's.</summary>
    static async Task<T> ExplainAsync<T>(ServerProcess server, Func<Task<T>> measure)
    {
        try
        {
            return await measure();
        }
        catch (Exception problem) when (problem is BenchException or SocketException or HttpRequestException or IOException)
        {
            throw new BenchException($"{problem.Message} The server's last lines:\n{server.LastLines}");
        }
    }
}
