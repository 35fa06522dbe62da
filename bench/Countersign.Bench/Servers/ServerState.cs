using System.Diagnostics;
using System.Globalization;
using System.Text;
using Countersign.Bench.Load;

namespace Countersign.Bench.Servers;

/// <summary>What the measured server says of itself between phases.</summary>
/// <param name="Allocated">Bytes that it allocated since it started.</param>
/// <param name="Waiting">Messages in its outbox.</param>
/// <param name="Collections">Garbage collections of any generation.</param>
/// <param name="FullCollections">Those of the oldest generation.</param>
/// <param name="Paused">How long collections held all its threads up.</param>
/// <param name="Heap">Bytes of managed memory, garbage that was not collected yet included.</param>
/// <param name="Compiling">How long the JIT has worked, on all threads.</param>
readonly record struct ServerState(long Allocated, long Waiting, int Collections, int FullCollections, TimeSpan Paused, long Heap, TimeSpan Compiling)
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20), Patience = TimeSpan.FromSeconds(60);

    public static async Task<ServerState> ReadAsync(HttpClient http, CancellationToken ct)
    {
        var words = (await http.GetStringAsync("/bench/state", ct)).Split(' ');
        var numbers = Array.ConvertAll(words, word => long.Parse(word, CultureInfo.InvariantCulture));
        return new ServerState(numbers[0], numbers[1], (int)numbers[2], (int)numbers[3], TimeSpan.FromMicroseconds(numbers[4]), numbers[5], TimeSpan.FromMicroseconds(numbers[6]));
    }

    /// <summary>Waits until every message has reached its virtual phone; gives how long that took.</summary>
    public static async Task<TimeSpan> WaitForOutboxAsync(HttpClient http, CancellationToken ct)
    {
        var begun = Stopwatch.GetTimestamp();
        while ((await ReadAsync(http, ct)).Waiting > 0)
        {
            if (Stopwatch.GetElapsedTime(begun) > Patience)
            {
                throw new BenchException($"The outbox was not empty {Patience.TotalSeconds} s after the load ended.");
            }

            await Task.Delay(Pause, ct);
        }

        return Stopwatch.GetElapsedTime(begun);
    }

    /// <summary>The codes of the newest messages.</summary>
    public static async Task<List<SentCode>> ReadCodesAsync(HttpClient http, long count, CancellationToken ct)
    {
        var codes = new List<SentCode>((int)count);
        using var lines = new StreamReader(await http.GetStreamAsync($"/bench/codes/{count}", ct));
        while (await lines.ReadLineAsync(ct) is { } line)
        {
            // +1, ten digits, a space, six digits.
            codes.Add(new SentCode(
                long.Parse(line.AsSpan(2, 10), CultureInfo.InvariantCulture), int.Parse(line.AsSpan(13, 6), CultureInfo.InvariantCulture)));
        }

        return codes.Count == count ? codes : throw new BenchException($"{count} starts were acknowledged, and {codes.Count} messages arrived.");
    }

    /// <summary>Changes a setting by the admin API.</summary>
    public static async Task SetAsync(HttpClient http, string path, string json, CancellationToken ct)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(path, body, ct);
        if (!answer.IsSuccessStatusCode)
        {
            throw new BenchException($"{path} was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(ct)}");
        }
    }
}
