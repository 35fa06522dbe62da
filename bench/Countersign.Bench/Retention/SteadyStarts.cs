using System.Collections.Concurrent;
using System.Diagnostics;
using Countersign.Bench.Load;
using Countersign.Core.Channels;
using Countersign.Core.Numbers;
using Countersign.Core.Services;
using Countersign.Core.Verifications;

namespace Countersign.Bench.Retention;

/// <summary>Starts at a rate that does not yield when the store is slow: a start waits from the moment it was due.</summary>
sealed class SteadyStarts(CreateVerification create, VerifyService service, Numbers numbers)
{
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    /// <summary>How many a second the store does when 256 are always under way.</summary>
    public async Task<double> MeasureFullSpeedAsync(TimeSpan duration, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, 256).Select(_ => LoopAsync()));
        return counts.Sum() / Stopwatch.GetElapsedTime(begun).TotalSeconds;

        async Task<int> LoopAsync()
        {
            var count = 0;
            for (; Stopwatch.GetElapsedTime(begun) < duration; count++)
            {
                await StartAsync(ct);
            }

            return count;
        }
    }

    /// <summary>The waiting times of all starts that were due, in milliseconds, in order.</summary>
    public async Task<double[]> RunAsync(double rate, TimeSpan duration, CancellationToken ct)
    {
        var waits = new ConcurrentBag<double>();
        var running = new List<Task>();
        var begun = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Tick);
        for (var due = 0; Stopwatch.GetElapsedTime(begun) < duration;)
        {
            await timer.WaitForNextTickAsync(ct);
            for (var now = (int)(Stopwatch.GetElapsedTime(begun).TotalSeconds * rate); due < now; due++)
            {
                running.Add(TimedAsync(begun + (long)(due / rate * Stopwatch.Frequency)));
            }
        }

        await Task.WhenAll(running);
        return [.. waits.Order()];

        async Task TimedAsync(long dueAt)
        {
            await StartAsync(ct);
            waits.Add(Stopwatch.GetElapsedTime(dueAt).TotalMilliseconds);
        }
    }

    Task<CreateVerificationResult> StartAsync(CancellationToken ct)
    {
        PhoneNumber? number;
        lock (numbers)
        {
            if (!PhoneNumber.TryParse($"+1{numbers.Next()}", out number, out _))
                throw new BenchException("A number of the run is none.");
        }

        return create.RunAsync(new CreateVerificationCommand { Service = service, To = number, Channel = Channel.Sms }, ct);
    }
}
