using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Countersign.Core.Delivery;
using Countersign.Core.Delivery.Errors;

namespace Countersign.Server.Hosting;

/// <summary>
/// <c>countersign try</c>: asks the running server to send a test message through every carrier, waits for receipts, and prints a table. The server keeps the run
/// (<c>GET /admin/v1/tries</c>).
/// </summary>
static class TryVerb
{
    public static string Help { get; } = $$"""
        usage: {{ProgramName.Short}} try <number or mailbox> [options] [settings]

        Sends a test message to it through every configured carrier of the first account, each by itself and past all routes, waits for the carriers' receipts and prints
        what came of each. The server must be running; credentials are read from its store, with its key ring: give the
        same Countersign:DataDirectory, or Countersign:Storage and Countersign:KeyRing, as it has.

        options
          --channel sms|call|whatsapp|email   how; sms unless it is a mailbox
          --carriers a,b                      only these carriers
          --wait 20                           seconds to wait for receipts, 0 to 600
          --server http://localhost:8080      where the server listens

        Messages are real and cost what your carriers charge.

        exit code: 0 if any carrier took it and no receipt said meanwhile that it failed; 2 if none did; 1 if nothing could be tried
        """;

    const int DefaultWait = 20, MaxWait = 600;

    static readonly VerbOptions Own = new(["channel", "carriers", "wait", "server"], $"Options: {ProgramName.Short} try --help");

    static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(string[] args, TimeProvider time)
    {
        if (Options.TryRead(args, out var options, out var rest) is { } problem)
        {
            await Console.Error.WriteLineAsync($"{problem}\n\n{Help}");
            return 1;
        }

        var (settings, _) = CountersignHost.ReadOptions(rest, Own);
        var (account, _) = await FirstCredentials.ReadAsync(settings);
        using var http = new HttpClient { BaseAddress = options.Server, Timeout = TimeSpan.FromSeconds(60) };
        var credentials = Encoding.ASCII.GetBytes($"{account.Sid}:{account.AuthToken.Reveal()}");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
        try
        {
            var run = await StartAsync(http, options);
            await WaitAsync(http, run, options, time);
            var results = await FetchAsync(http, run);
            Console.WriteLine(TryTable.Write(results));
            return results.Any(result => result.Status is "sent" or "delivered" or "read") ? 0 : 2;
        }
        catch (HttpRequestException)
        {
            throw new StartException($"No server answers at {options.Server}. Start it, or say where it listens with --server.");
        }
        catch (JsonException)
        {
            throw new StartException($"What answers at {options.Server} is no Countersign. Say where the server listens with --server.");
        }
    }

    static async Task<string> StartAsync(HttpClient http, Options options)
    {
        using var body = new MemoryStream();
        await using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("to", options.To);
            json.WriteString("channel", options.Channel);
            if (options.Carriers is { } carriers)
            {
                json.WriteStartArray("carriers");
                foreach (var carrier in carriers)
                {
                    json.WriteStringValue(carrier);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        await Console.Error.WriteLineAsync("Sending…");
        using var content = new ByteArrayContent(body.ToArray()) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = await http.PostAsync("/admin/v1/tries", content);
        var root = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        var hasDetails = root.TryGetProperty("details", out var details);
        if (answer.StatusCode == HttpStatusCode.Unauthorized && hasDetails && details.TryGetProperty("reason", out var reason) && reason.GetString() == "bad_credentials")
        {
            throw new StartException(
                $"The server at {options.Server} does not let the first account of this store in: these are not that server's credentials. Check --server, and the data that is named here with --Countersign:DataDirectory, or with Countersign:Storage and Countersign:KeyRing.");
        }

        if (!answer.IsSuccessStatusCode)
        {
            var explanation = hasDetails && details.TryGetProperty("explanation", out var text) ? text.GetString() : null;
            throw new StartException($"{root.GetProperty("message").GetString()}. {explanation}");
        }

        return root.GetProperty("sid").GetString()!;
    }

    static async Task WaitAsync(HttpClient http, string run, Options options, TimeProvider time)
    {
        for (var second = 0; second < options.WaitSeconds; second++)
        {
            var waiting = (await FetchAsync(http, run)).Count(result => result.Status == "sent" && result.Carrier != CarrierDirectory.SandboxName);
            if (waiting == 0)
            {
                break;
            }

            if (second % 5 == 0)
            {
                await Console.Error.WriteLineAsync($"Waiting for {waiting} receipt(s), {options.WaitSeconds - second} s at most…");
            }

            await Task.Delay(Pause, time);
        }
    }

    static async Task<IReadOnlyList<TryResult>> FetchAsync(HttpClient http, string run)
    {
        using var document = JsonDocument.Parse(await http.GetStringAsync($"/admin/v1/tries/{run}"));
        return [.. document.RootElement.GetProperty("results").EnumerateArray().Select(TryResult.Read)];
    }

    sealed record Options
    {
        public string To { get; private set; } = "";

        public string Channel { get; private set; } = "";

        public string[]? Carriers { get; private set; }

        public int WaitSeconds { get; private set; } = DefaultWait;

        public Uri Server { get; private set; } = new("http://localhost:8080");

        /// <summary>Takes what is this verb's own; what is left are settings. Gives what is wrong, or null.</summary>
        public static string? TryRead(string[] args, out Options options, out string[] rest)
        {
            options = new Options();
            var others = new List<string>();
            rest = [];
            for (var i = 0; i < args.Length; i++)
            {
                var value = i + 1 < args.Length ? args[i + 1] : null;
                switch (args[i])
                {
                    case "--channel" when value is not null: options.Channel = value; i++; break;
                    case "--carriers" when value is not null: options.Carriers = value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries); i++; break;
                    case "--channel" or "--carriers" when value is null: return $"{args[i]} needs a value.";
                    case "--wait" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= MaxWait: options.WaitSeconds = seconds; i++; break;
                    case "--wait": return $"--wait takes seconds from 0 to {MaxWait}.";
                    case "--server" when Uri.TryCreate(value, UriKind.Absolute, out var server) && server.Scheme is "http" or "https": options.Server = server; i++; break;
                    case "--server": return "--server takes an address such as http://localhost:8080.";
                    case var setting when setting.StartsWith("--", StringComparison.Ordinal) && !setting.Contains('=') && value is not null: others.AddRange([setting, value]); i++; break;
                    case var to when options.To.Length == 0 && !to.StartsWith('-'): options.To = to; break;
                    default: others.Add(args[i]); break;
                }
            }

            rest = [.. others];
            if (options.Channel.Length == 0)
            {
                options.Channel = options.To.Contains('@', StringComparison.Ordinal) ? "email" : "sms";
            }

            return options.To.Length == 0 ? "Say where to: a number in E.164 such as +14155550123, or a mailbox." : null;
        }
    }
}

/// <summary>One carrier's line.</summary>
sealed record TryResult(string Carrier, string Status, int Milliseconds, long? ReceiptMilliseconds, string? Error, string? CarrierCode)
{
    public static TryResult Read(JsonElement json) => new(
        json.GetProperty("carrier").GetString()!,
        json.GetProperty("status").GetString()!,
        json.GetProperty("milliseconds").GetInt32(),
        json.GetProperty("receipt_milliseconds") is { ValueKind: JsonValueKind.Number } receipt ? receipt.GetInt64() : null,
        json.GetProperty("error").GetString(),
        json.GetProperty("carrier_code").GetString());
}

/// <summary>The results as a table that people read.</summary>
static class TryTable
{
    static readonly string[] Titles = ["carrier", "accepted", "receipt", "latency", "error", "explanation"];

    public static string Write(IReadOnlyList<TryResult> results)
    {
        var rows = new List<string[]> { Titles };
        rows.AddRange(results.Select(Row));
        var widths = Enumerable.Range(0, Titles.Length - 1).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var line = string.Join("  ", row.Select((cell, column) => column < widths.Length ? cell.PadRight(widths[column]) : cell));
            text.AppendLine(line.TrimEnd());
        }

        return text.ToString().TrimEnd();
    }

    static string[] Row(TryResult result)
    {
        var entry = result.Error is null ? null : ErrorDictionary.All.FirstOrDefault(known => known.Name == result.Error);
        var receipt = result.Status switch
        {
            "delivered" or "read" or "undelivered" => $"{result.Status}{(result.ReceiptMilliseconds is { } late ? string.Create(CultureInfo.InvariantCulture, $" after {late / 1000.0:0.0} s") : "")}",
            "failed" => "-",
            _ => "none yet",
        };
        return
        [
            result.Carrier,
            result.Status == "failed" ? "no" : "yes",
            receipt,
            string.Create(CultureInfo.InvariantCulture, $"{result.Milliseconds} ms"),
            result.Error is null ? "-" : result.CarrierCode is null ? result.Error : $"{result.Error} ({result.CarrierCode})",
            entry is null ? "" : $"{entry.Explanation} {entry.Advice}",
        ];
    }
}
