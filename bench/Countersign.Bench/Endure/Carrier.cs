using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Countersign.Bench.Endure;

/// <summary>What a carrier does with one message.</summary>
enum Manner
{
    Good,

    /// <summary>Takes some seconds.</summary>
    Slow,

    /// <summary>Takes the message, and answers twice on one connection.</summary>
    TwoAnswers,

    /// <summary>Takes the message, and says that it has failed.</summary>
    FailsAfterTaking,

    /// <summary>Takes the message, and hangs up.</summary>
    HangsUp,

    /// <summary>Takes the message, and answers when nobody waits any more.</summary>
    TooLate,
}

/// <summary>The carrier: a bare socket on loopback that remembers which messages it was handed, how often, and with which code. Numbers and codes stay in memory.</summary>
sealed class Carrier : IAsyncDisposable
{
    public const string Name = "endure", ReceiptToken = "endure-receipts-endure";

    /// <summary>How long our side waits for an answer in the scenario whose carrier is late.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly ConcurrentDictionary<string, (int Times, string Code)> _taken = [];
    readonly Task _accepting;

    public Carrier()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>What it does with the n-th message that it is handed, for its how-manieth time.</summary>
    public Func<int, int, Manner> Behaves { get; set; } = (_, _) => Manner.Good;

    /// <summary>Called with each message that was taken: the callback address and the attempt.</summary>
    public Func<string, string, Task> AfterTaking { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Messages that came again.</summary>
    public int Again => _taken.Values.Sum(one => one.Times - 1);

    public int Messages => _taken.Count;

    public bool Has(string attempt) => _taken.ContainsKey(attempt);

    /// <summary>The code that an attempt carried; null if it is not here yet.</summary>
    public string? CodeOf(string attempt) => _taken.TryGetValue(attempt, out var one) ? one.Code : null;

    /// <summary>The description that makes our side use it.</summary>
    public string Definition(bool receipts)
    {
        var settings = new Dictionary<string, string>
        {
            ["url"] = new Uri(Address, "/messages").ToString(),
            ["body"] = """{"code":"{code}","attempt":"{attempt}","report_to":"{callback_url}"}""",
            ["id_json"] = "id",
        };
        if (receipts)
        {
            settings["receipt_protection"] = "token";
            settings["receipt_secret"] = ReceiptToken;
            settings["receipt_attempt"] = "ref";
            settings["receipt_status"] = "state";
            settings["receipt_statuses"] = "ok=delivered";
        }

        return JsonSerializer.Serialize(new { kind = "http", max_in_flight = 500, settings });
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
                while (await ReadAsync(reader) is { } body && await AnswerAsync(client.GetStream(), body))
                {
                }
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException or JsonException or HttpRequestException)
            {
                // Our side hung up or was killed, perhaps in the middle of a message.
            }
        }
    }

    /// <summary>The next request's body, which is ASCII; null at the end.</summary>
    async Task<string?> ReadAsync(StreamReader reader)
    {
        var length = 0;
        for (string? line; !string.IsNullOrEmpty(line = await reader.ReadLineAsync(_stop.Token));)
        {
            if (line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            {
                length = int.Parse(line.AsSpan(15), CultureInfo.InvariantCulture);
            }
        }

        var body = new char[length];
        return length > 0 && await reader.ReadBlockAsync(body, _stop.Token) == length ? new string(body) : null;
    }

    /// <summary>False to hang up.</summary>
    async Task<bool> AnswerAsync(NetworkStream stream, string body)
    {
        var message = JsonElement.Parse(body);
        var (attempt, code) = (message.GetProperty("attempt").GetString()!, message.GetProperty("code").GetString()!);
        var (times, _) = _taken.AddOrUpdate(attempt, (1, code), (_, before) => (before.Times + 1, before.Code));
        var manner = Behaves(_taken.Count, times);
        if (manner == Manner.Slow)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2000 + (_taken.Count * 37 % 3000)), _stop.Token);
        }
        else if (manner == Manner.TooLate)
        {
            await Task.Delay(Patience * 2, _stop.Token);
        }

        if (message.GetProperty("report_to").GetString() is { Length: > 0 } callback)
        {
            await AfterTaking(callback, attempt);
        }

        if (manner == Manner.HangsUp)
        {
            return false;
        }

        var (status, answer) = manner == Manner.FailsAfterTaking ? (500, "{}") : (200, $$"""{"id":"{{attempt[2..]}}-{{times}}"}""");
        var text = $"HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nContent-Length: {answer.Length}\r\n\r\n{answer}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(manner == Manner.TwoAnswers ? text + text : text), _stop.Token);
        return true;
    }
}
