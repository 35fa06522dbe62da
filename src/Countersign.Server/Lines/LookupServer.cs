using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Countersign.Core.Lookups;
using Countersign.Core.Numbers;

namespace Countersign.Server.Lines;

/// <summary>
/// Asks a server that speaks Twilio's Lookup v2: Twilio itself, or anything that was put before another source. What it does not say is taken from the plans and the table; what it failed to find out is not.
/// One request, not repeated; no redirect is followed.
/// </summary>
sealed partial class LookupServer : ILineSource, IDisposable
{
    const int MostBytes = 64 * 1024;

    readonly HttpClient _http;
    readonly NumberingPlanSource _plan;
    readonly ILogger<LookupServer> _logger;

    public LookupServer(LineOptions options, NumberingPlanSource plan, ILogger<LookupServer> logger)
    {
        (_plan, _logger) = (plan, logger);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ActivityHeadersPropagator = null, // Our trace ids are nothing to another server.
        })
        {
            BaseAddress = new Uri(options.Server!.TrimEnd('/') + "/"),
            Timeout = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds),
            MaxResponseContentBufferSize = MostBytes,
        };
        if (options.User is { Length: > 0 })
        {
            var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.User}:{options.Password}"));
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<LineFacts> FindAsync(PhoneNumber number, LineQuestions asked, CancellationToken ct)
    {
        var fields = (asked.HasFlag(LineQuestions.LineType), asked.HasFlag(LineQuestions.SimSwap)) switch
        {
            (true, true) => "line_type_intelligence,sim_swap",
            (false, true) => "sim_swap",
            _ => "line_type_intelligence",
        };
        return Merged(_plan.Of(number), await AskAsync($"v2/PhoneNumbers/{Uri.EscapeDataString(number.Reveal())}?Fields={fields}", ct));
    }

    public void Dispose() => _http.Dispose();

    async Task<Answer> AskAsync(string path, CancellationToken ct)
    {
        string why;
        try
        {
            using var response = await _http.GetAsync(path, ct);
            if (response.IsSuccessStatusCode)
            {
                return await response.Content.ReadFromJsonAsync(LookupServerJson.Default.Answer, ct) ?? new Answer();
            }

            why = $"status {(int)response.StatusCode}";
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            why = "no answer in time";
        }
        catch (Exception problem) when (problem is HttpRequestException or JsonException or NotSupportedException)
        {
            // Its message may name the address, which holds the number.
            why = problem is HttpRequestException { HttpRequestError: var error } ? error.ToString() : "an answer that is no JSON of Lookup v2";
        }

        LogAway(why);
        throw new LineSourceAwayException($"The server of Countersign:Lookup:Server: {why}.");
    }

    static LineFacts Merged(LineFacts plan, Answer answer)
    {
        var (line, sim) = (answer.Line, answer.Sim);
        var type = line?.Type is { } name && LineNames.TryRead(name, out var read) ? read : LineType.Unknown;
        if (type == LineType.Unknown && line?.ErrorCode is not null)
        {
            plan = new LineFacts { Type = LineType.Unknown };
        }

        // Names and codes of two networks would be those of none: a number that was ported is in one by the table and in another by the server.
        var carrier = line is { KnowsAny: true } ? line : sim is { KnowsAny: true } ? sim : (CarrierPart?)null;
        if (carrier is null && sim?.ErrorCode is not null)
        {
            plan = plan with { MobileCountryCode = null, MobileNetworkCode = null, CarrierName = null };
        }

        return new LineFacts
        {
            Type = type == LineType.Unknown ? plan.Type : type,
            MobileCountryCode = carrier is null ? plan.MobileCountryCode : carrier.Mcc,
            MobileNetworkCode = carrier is null ? plan.MobileNetworkCode : carrier.Mnc,
            CarrierName = carrier is null ? plan.CarrierName : carrier.Carrier,
            SimSwap = sim?.Last is { } last ? new SimSwap(last.At, last.Period, last.InPeriod) : null,
            LineTypeError = line?.ErrorCode,
            SimSwapError = sim?.ErrorCode,
        };
    }

    [LoggerMessage(EventId = 862, Level = LogLevel.Warning, Message = "A lookup was not answered by the server of Countersign:Lookup:Server: {Why}.")]
    partial void LogAway(string why);

    /// <summary>What we read of an answer of Lookup v2.</summary>
    internal sealed record Answer
    {
        [JsonPropertyName("line_type_intelligence")]
        public LinePart? Line { get; init; }

        [JsonPropertyName("sim_swap")]
        public SimPart? Sim { get; init; }
    }

    internal record CarrierPart
    {
        [JsonPropertyName("mobile_country_code")]
        public string? Mcc { get; init; }

        [JsonPropertyName("mobile_network_code")]
        public string? Mnc { get; init; }

        [JsonPropertyName("carrier_name")]
        public string? Carrier { get; init; }

        [JsonPropertyName("error_code"), JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
        public int? ErrorCode { get; init; }

        [JsonIgnore]
        public bool KnowsAny => (Mcc ?? Mnc ?? Carrier) is not null;
    }

    internal sealed record LinePart : CarrierPart
    {
        [JsonPropertyName("type")]
        public string? Type { get; init; }
    }

    internal sealed record SimPart : CarrierPart
    {
        [JsonPropertyName("last_sim_swap")]
        public LastSwap? Last { get; init; }
    }

    internal sealed record LastSwap
    {
        [JsonPropertyName("last_sim_swap_date")]
        public DateTimeOffset? At { get; init; }

        [JsonPropertyName("swapped_period")]
        public string? Period { get; init; }

        [JsonPropertyName("swapped_in_period")]
        public bool? InPeriod { get; init; }
    }
}

[JsonSerializable(typeof(LookupServer.Answer))]
sealed partial class LookupServerJson : JsonSerializerContext;
